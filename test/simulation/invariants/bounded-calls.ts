import type { CloudCall } from '../cloud.ts';
import type { Invariant } from './invariant.ts';

/** Looks every two seconds and what belongs to them, for a resource on its way; a budget for a loop of any kind. */
const CALLS_PER_MINUTE_AND_RESOURCE = 150;

/** No loop runs hot: a process makes a bounded number of calls for each resource in any minute. */
export class BoundedCalls implements Invariant {
  readonly name = 'calls are bounded';
  readonly #resources: () => number;
  readonly #calls = new Map<string, { from: number; count: number }>();

  constructor(resources: () => number) {
    this.#resources = resources;
  }

  judgeCall({ process, at, parameters }: CloudCall): string | undefined {
    // All pages of a list count as one call: how many there are is up to the cloud.
    return parameters['NextToken'] === undefined ? this.count(process, at) : undefined;
  }

  /** One more call of the process. */
  count(process: string, at: number): string | undefined {
    const known = this.#calls.get(process);
    const minute = known === undefined || at - known.from >= 60_000 ? { from: at, count: 0 } : known;
    this.#calls.set(process, minute);
    minute.count += 1;
    const most = CALLS_PER_MINUTE_AND_RESOURCE * Math.max(1, this.#resources());
    return minute.count > most ? `${process} makes more than ${most} calls in a minute` : undefined;
  }
}
