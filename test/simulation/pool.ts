import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Outcome } from './history.ts';

export interface PoolOptions {
  readonly from: number;
  readonly seeds: number;
  readonly steps: number;
  /** Name of a defect that is planted into the operator. */
  readonly mutation?: string;
  /** Takes every outcome, in any order. The answer says whether to go on. */
  readonly take: (outcome: Outcome) => boolean;
}

/**
 * How many histories a thread runs before another one takes its place.
 *
 * A process that was killed in a history never removes its listeners from combined abort signals, and Node keeps those for
 * ever: some 4 MB a history.
 */
const HISTORIES_OF_A_THREAD = 100;

/** Runs the histories of many seeds, on all cores. */
export async function runPool({ from, seeds, steps, mutation, take }: PoolOptions): Promise<void> {
  const end = from + seeds;
  let next = from;
  let goesOn = true;
  /** The next seed, while there is one. */
  const draw = (): number | undefined => {
    if (!goesOn || next >= end) return undefined;
    next += 1;
    return next - 1;
  };
  const onOneCore = async (): Promise<void> => {
    for (let seed = draw(); seed !== undefined; seed = draw()) {
      await runThread({ steps, mutation }, seed, (outcome, isLast) => {
        goesOn = take(outcome) && goesOn;
        return isLast ? undefined : draw();
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), seeds) }, onOneCore));
}

/** Runs the history of a seed in a thread of its own, and those that `onOutcome` names after it. */
async function runThread(
  workerData: { readonly steps: number; readonly mutation: string | undefined },
  first: number,
  onOutcome: (outcome: Outcome, isLast: boolean) => number | undefined,
): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let histories = 0;
  worker.on('message', (outcome: Outcome) => {
    histories += 1;
    // Without a seed it ends by itself: a thread that is ended from outside has taken the whole process with it.
    worker.postMessage(onOutcome(outcome, histories === HISTORIES_OF_A_THREAD));
  });
  worker.on('error', reject);
  worker.on('exit', () => resolve());
  worker.postMessage(first);
  await ended;
}
