import { ADOPTION } from './adoption.ts';
import type { TenantRow } from './attack.ts';
import { CLUSTERS } from './clusters.ts';
import { FLOODS } from './floods.ts';
import { METADATA } from './metadata.ts';
import { REFERENCES } from './references.ts';
import { RESERVED } from './reserved.ts';
import { SECRETS } from './secrets.ts';
import { SQUATTING } from './squatting.ts';
import { STATUS } from './status.ts';

/** The rows that run side by side, each in namespaces and on load balancers of its own. */
export const QUIET_ROWS: readonly TenantRow[] = [
  ...ADOPTION,
  ...METADATA,
  ...STATUS,
  ...REFERENCES,
  ...SQUATTING,
  ...SECRETS,
];

/** The whole table of what a namespace can do to another. */
export const TENANT_ROWS: readonly TenantRow[] = [...QUIET_ROWS, ...RESERVED, ...CLUSTERS, ...FLOODS];
