import type { Acted } from './act.ts';
import { type Again, againAfter, type Decision, type Finding, findingOf } from './decision.ts';
import { describeError, isWaitingInLine } from './error-policy.ts';
import { type Facts, factsOf, operationOf } from './facts.ts';
import type { Cluster, Now } from './ports.ts';
import type { AlbListener } from './resource.ts';
import { carryOut, type StepOperations } from './step.ts';
import { writeAhead } from './write-ahead.ts';

interface ProtectTools {
  readonly cluster: Pick<Cluster, 'writeStatus'>;
  readonly cloud: StepOperations;
  readonly now: Now;
  /** See `Pace.settle`. */
  readonly settle: number;
}

/** Stops a listener that is open, or starts it to attach its lists. Counts a start ahead of its call. */
export async function protect(
  object: AlbListener,
  { listenerId, call, guard, finding }: Extract<Decision, { do: 'protect' }>,
  tools: ProtectTools,
): Promise<Acted> {
  const ahead = await writeAhead(object, { ...object.status, accessGuard: guard }, tools);
  if ('after' in ahead) return ahead;

  const facts: Facts = { ...factsOf(ahead.object.status), accessGuard: guard };
  const summarise = (changed: Facts, reported: Finding, again: Again): Acted => ({
    after: 'summarise',
    object: ahead.object,
    facts: changed,
    finding: reported,
    again,
  });
  const answer = await carryOut({ call }, listenerId, tools.cloud);
  if (answer.outcome === 'yes') {
    const { jobId } = answer.value;
    const operation =
      jobId === undefined
        ? {}
        : { operation: operationOf('Update', { ...answer, value: { jobId } }, tools.now()) };
    return summarise(
      { ...facts, ...operation },
      { ...finding, requestId: answer.requestId },
      { when: 'poll' },
    );
  }
  const { error } = answer;
  const again = againAfter(error);
  if (call === 'stop') {
    // It is open for as long as it runs, whatever keeps it from being stopped.
    const message = isWaitingInLine(error) ? finding.message : `${describeError(error)} ${finding.message}`;
    return summarise(facts, { ...finding, message }, again);
  }
  // A start that was refused has opened nothing.
  const uncounted = answer.outcome === 'no' ? { ...guard, starts: guard.starts - 1 } : guard;
  return summarise({ ...facts, accessGuard: uncounted }, findingOf(error), again);
}
