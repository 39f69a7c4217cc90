import type { kstatusOf } from '../support/kstatus.ts';
import type { Health } from './customization.ts';

const HEALTHS: Readonly<Record<ReturnType<typeof kstatusOf>, readonly Health['status'][]>> = {
  Terminating: ['Progressing'],
  // kstatus has no word for a resource that is told to rest.
  InProgress: ['Progressing', 'Suspended'],
  Failed: ['Degraded'],
  Current: ['Healthy'],
};

/** Whether Argo CD and Flux tell their users the same. */
export function agreesWithKstatus(health: Health['status'], kstatus: ReturnType<typeof kstatusOf>): boolean {
  return HEALTHS[kstatus].includes(health);
}
