import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { chance, within } from './chance.ts';
import type { Scene } from './disturbances.ts';
import { WRITES_TAKE_MS } from './world.ts';

/** How long a kill lies in wait, first for an operator that works, then for a call that changes something. */
const STARTS_WITHIN_MS = 30_000;
const AMBUSH_MS = 1500;

/** SIGKILL at a random instant, or while a write to the cloud is under way; the answer is what the operator was doing. */
export async function killAndRestart(scene: Scene): Promise<string> {
  const { world, random } = scene;
  const { operators } = world;
  if (chance(random, 0.8)) await Promise.race([operators.works(), sleep(STARTS_WITHIN_MS)]);
  await sleep(within(random, 0, 800));
  if (chance(random, 0.6)) await aWriteInFlight(scene);
  const doing = whatItDoes(scene);
  await operators.kill();
  await operators.start();
  return doing;
}

async function aWriteInFlight(scene: Scene): Promise<void> {
  const until = performance.now() + AMBUSH_MS;
  while (performance.now() < until && writesInFlight(scene).length === 0) await sleep(2);
  // Somewhere between its arrival and the moment after its answer.
  await sleep(within(scene.random, 0, 3 * WRITES_TAKE_MS));
}

function writesInFlight({ world, ledger }: Scene) {
  ledger.take(world.simulator);
  return ledger.inFlight().filter(({ action }) => !/^(Get|List)/.test(action));
}

const logLine = z.object({ msg: z.string(), decision: z.string().optional() });

/** The write that is under way, else the read, else what it said last. */
function whatItDoes(scene: Scene): string {
  const [write] = writesInFlight(scene);
  if (write !== undefined) {
    return `in ${write.action}, ${write.outcome === null ? 'before its effect' : 'before its answer'}`;
  }
  const reading = scene.ledger.inFlight().at(-1);
  if (reading !== undefined) return `in ${reading.action}`;
  const { operators } = scene.world;
  if (!operators.isWorking) return 'while starting';
  const { data } = logLine.safeParse(parsed(operators.current.lines.at(-1) ?? ''));
  return `after ${data?.decision ?? data?.msg ?? 'something unreadable'}`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
