import { REASONS, type Reason } from '../../src/listener/reason.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import { conditionOf } from '../../src/listener/summary.ts';
import type { Health } from '../gitops/customization.ts';
import { HEALTH_OF } from '../gitops/verdicts.ts';
import { kstatusOf } from '../support/kstatus.ts';

/** What people and tools are told about an object in one state. */
export interface Told {
  readonly reason: string;
  readonly phase: string;
  /** Status of the condition Ready. */
  readonly ready: string;
  /** As Argo CD shows it. */
  readonly health: Health['status'];
  readonly kstatus: ReturnType<typeof kstatusOf>;
  readonly message: string;
  /** As the API server has it. */
  readonly stored: unknown;
}

export function toldBy(object: AlbListener): Told {
  const ready = conditionOf(object, 'Ready');
  if (ready === undefined) throw new Error(`${object.key.name} has no condition Ready`);
  const { reason, status, message } = ready;
  return {
    reason,
    phase: object.status.phase ?? '',
    ready: status,
    health: healthOf(object, reason),
    kstatus: kstatusOf(object.stored),
    message,
    stored: object.stored,
  };
}

function healthOf({ beingDeleted }: AlbListener, reason: string): Health['status'] {
  if (!isReason(reason)) throw new Error(`${reason} is not one of our reasons`);
  return beingDeleted ? 'Progressing' : HEALTH_OF[REASONS[reason].stance];
}

function isReason(name: string): name is Reason {
  return name in REASONS;
}
