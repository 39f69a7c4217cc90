import { type CloudCall, isRead } from '../cloud.ts';
import type { Invariant } from './invariant.ts';

/** More than a look every two seconds that leads to a write; a loop without pauses uses up the budget. */
const MOST_IN_A_MINUTE = 45;

/**
 * A process sends the same write a bounded number of times in a minute.
 *
 * More would be a loop: over a read that trails behind the write, or over a refusal.
 */
export class NoWriteAgainAndAgain implements Invariant {
  readonly name = 'nothing is written again and again';
  readonly #writes = new Map<string, { readonly from: number; readonly count: number }>();

  judgeCall({ process, operation, parameters, at }: CloudCall): string | undefined {
    if (isRead(operation)) return undefined;
    const { ClientToken: _, ...rest } = parameters;
    const write = `${process} ${operation} ${JSON.stringify(rest)}`;
    const known = this.#writes.get(write);
    const minute = known === undefined || at - known.from >= 60_000 ? { from: at, count: 0 } : known;
    const count = minute.count + 1;
    this.#writes.set(write, { from: minute.from, count });
    return count > MOST_IN_A_MINUTE
      ? `${process} sends the same ${operation} more than ${MOST_IN_A_MINUTE} times in a minute`
      : undefined;
  }
}
