import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { mutations } from './mutations.ts';
import { plant } from './plant.ts';

const work = z.object({ steps: z.number(), mutation: z.string().optional() }).parse(workerData);

// Before anything of the operator is loaded.
const mutation = mutations.find(({ name }) => name === work.mutation);
if (mutation !== undefined) plant(mutation);
const { runHistory } = await import('./history.ts');

// One thread of a pool: runs the history of each seed that it is sent, and ends when it is sent none.
parentPort?.on('message', (seed: unknown) => {
  if (seed === undefined) parentPort?.close();
  else void answer(z.number().parse(seed));
});

async function answer(seed: number): Promise<void> {
  parentPort?.postMessage(await runHistory({ seed, steps: work.steps }));
}
