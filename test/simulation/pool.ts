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

/** Runs the histories of many seeds, on all cores. */
export async function runPool({ from, seeds, steps, mutation, take }: PoolOptions): Promise<void> {
  const end = from + seeds;
  const workers = Math.min(availableParallelism(), seeds);
  let next = from;
  let goesOn = true;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { steps, mutation } });
      const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
      const handOut = () => {
        if (!goesOn || next >= end) {
          // It ends by itself: a thread that is ended from outside has taken the whole process with it.
          worker.postMessage(undefined);
          return;
        }
        worker.postMessage(next);
        next += 1;
      };
      worker.on('message', (outcome: Outcome) => {
        goesOn = take(outcome) && goesOn;
        handOut();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
      handOut();
      await ended;
    }),
  );
}
