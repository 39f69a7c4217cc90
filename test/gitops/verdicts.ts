import type { Stance } from '../../src/listener/reason.ts';
import type { kstatusOf } from '../support/kstatus.ts';
import type { Health } from './customization.ts';

const HEALTHS: Readonly<Record<ReturnType<typeof kstatusOf>, readonly Health['status'][]>> = {
  Terminating: ['Progressing'],
  // kstatus has no word for a resource that is told to rest.
  InProgress: ['Progressing', 'Suspended'],
  Failed: ['Degraded'],
  Current: ['Healthy'],
};

/** The health that Argo CD shows for each stance; `argocd-health.test.ts` holds the script to it. */
export const HEALTH_OF: Readonly<Record<Stance, Health['status']>> = {
  ready: 'Healthy',
  reconciling: 'Progressing',
  stalled: 'Degraded',
  suspended: 'Suspended',
};

/** Whether Argo CD and Flux tell their users the same. */
export function agreesWithKstatus(health: Health['status'], kstatus: ReturnType<typeof kstatusOf>): boolean {
  return HEALTHS[kstatus].includes(health);
}
