import { closedSession } from './closed-session.ts';
import { type Decision, report } from './decision.ts';
import { policiesOf } from './policies.ts';
import type { Session } from './ports.ts';
import type { AlbListener } from './resource.ts';

/** Decides where the cloud has no say; `undefined` where it has. Pure and total. */
export function decideUnseen(object: AlbListener): Decision | undefined {
  const { suspended, observes } = policiesOf(object.spec);

  // The user wants us to keep out, whatever else is asked for.
  if (suspended) {
    return report('Suspended', 'spec.suspend is true: nothing is read or written in the cloud.', {
      when: 'onEdit',
    });
  }

  // A watcher leaves no trace, so there is nothing to look at before it goes.
  if (object.beingDeleted && observes) return { do: 'release' };
  return undefined;
}

/** For what was decided unseen: it needs no credentials, and they may be missing. */
export const NO_SESSION: Session = closedSession({
  class: 'unavailable',
  operation: 'GetCallerIdentity',
  code: 'NoSession',
  message: 'Nothing is to be asked of the cloud.',
  notSent: true,
});
