import type { AlbError, Outcome } from '../alb/error.ts';
import { type AccessGuard, isToBeStopped, refusedIn } from './access-guard.ts';
import type { Acted } from './act.ts';
import { cut } from './cut.ts';
import { LONGEST_REFUSAL, openFinding, stoppedFinding } from './decide-access.ts';
import { type Again, againAfter, type Decision, type Finding, findingOf } from './decision.ts';
import { describeError, isPassing, isWaitingInLine } from './error-policy.ts';
import { factsOf } from './facts.ts';
import type { AlbListener } from './resource.ts';
import type { SeenListener } from './seen-listener.ts';
import { turnedAway } from './turned-away.ts';

type Apply = Extract<Decision, { do: 'apply' }>;
type Refusal = Exclude<Outcome<unknown>, { outcome: 'yes' }>;

/** What follows when the cloud did not attach the lists of a listener that is open without them. */
export function notAttached(
  object: AlbListener,
  { spec, guard }: Apply,
  listener: SeenListener,
  answer: Refusal,
): Acted {
  const { error } = answer;
  const summarise = (changed: AccessGuard | undefined, finding: Finding, again: Again): Acted => ({
    after: 'summarise',
    object,
    facts: { ...factsOf(object.status), ...(changed !== undefined && { accessGuard: changed }) },
    finding: { ...finding, ...(error.requestId !== undefined && { requestId: error.requestId }) },
    again,
  });
  const refusal = cut(describeError(error), LONGEST_REFUSAL);
  const isFinal = answer.outcome === 'no' && !isPassing(error);
  const open = (changed: AccessGuard | undefined) => openFinding(spec, listener, changed, refusal);
  if (guard === undefined) {
    const isServing = listener.listenerStatus === 'Running' && isFinal;
    return isServing ? summarise(undefined, open(undefined), againAfter(error)) : turnedAway(object, error);
  }

  switch (listener.listenerStatus) {
    case 'Provisioning': {
      if (isHeldUp(error)) return { after: 'leave', again: againAfter(error) };
      if (!isFinal) {
        const message = `The cloud is creating listener ${listener.listenerId}.`;
        const finding: Finding = { reason: 'Provisioning', message };
        return summarise(refusedIn(guard, 'Provisioning'), finding, { when: 'poll' });
      }
      const changed = { ...refusedIn(guard, 'Provisioning', 'Running'), refusal };
      return summarise(changed, open(changed), { when: 'poll' });
    }
    case 'Running': {
      if (isWaitingInLine(error)) return turnedAway(object, error);
      // It may have been carried out, or pass within seconds: the next refusal decides.
      const decides = isFinal || guard.refusal !== undefined;
      if (!decides) return summarise({ ...guard, refusal }, findingOf(error), againAfter(error));
      const changed = { ...refusedIn(guard, 'Running'), refusal };
      return summarise(changed, open(changed), isToBeStopped(spec) ? { when: 'now' } : againAfter(error));
    }
    default: {
      if (isHeldUp(error) || spec.listenerState === 'Stopped') return turnedAway(object, error);
      const isForItsState = error.class === 'listenerBusy';
      if (!isFinal && !isForItsState) return turnedAway(object, error);
      const changed = { ...(isForItsState ? refusedIn(guard, 'Stopped') : guard), refusal };
      const finding = stoppedFinding(listener.listenerId, changed, refusal);
      return summarise(changed, finding, isForItsState ? { when: 'now' } : againAfter(error));
    }
  }
}

/** Turned away for the sake of others: says nothing about the listener. */
function isHeldUp({ class: errorClass }: AlbError): boolean {
  return errorClass === 'busy' || errorClass === 'throttled';
}
