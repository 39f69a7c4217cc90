import { ACCESS_GUARD } from './access-guard.ts';
import { ATTACHMENTS } from './attachments.ts';
import { CREATION } from './creation.ts';
import { DELETION } from './deletion.ts';
import { DRIFT } from './drift.ts';
import { EDITS } from './edits.ts';
import { PEOPLE } from './people.ts';
import { PLANS } from './plans.ts';
import { POLICIES } from './policies.ts';
import { REFERENCES } from './references.ts';
import { RUN_STATE } from './run-state.ts';
import type { Scenario } from './scenario.ts';
import { TAGS } from './tags.ts';

/** The rows that play side by side. They know nothing of each other, nor of how the operator was started. */
export const SCENARIOS: readonly Scenario[] = [
  ...CREATION,
  ...EDITS,
  ...ATTACHMENTS,
  ...ACCESS_GUARD,
  ...TAGS,
  ...RUN_STATE,
  ...DRIFT,
  ...POLICIES,
  ...PLANS,
  ...REFERENCES,
  ...DELETION,
  ...PEOPLE,
];
