import type { Gate } from './gates.ts';
import { ComesToRest } from './invariants/comes-to-rest.ts';
import type { DeathAt } from './operator-process.ts';
import { PACE } from './operator-process.ts';
import type { Violation } from './watchers.ts';
import { World } from './world.ts';

/** How long the trouble lasts in a history, unless told otherwise. */
export const STEPS = 1600;
/** In which everything has to be at rest when nothing goes wrong any more. */
const CONVERGENCE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 10_000;
/** What is at rest may still have a last word to write, with the next look. */
const LAST_WORD_MS = 2.5 * PACE.resync;
const QUIET_MS = 3.5 * PACE.resync;

export interface HistoryOptions {
  readonly seed: number;
  /** With trouble. */
  readonly steps: number;
  /** Kinds of faults that do not strike. */
  readonly off?: ReadonlySet<string>;
  readonly trace?: (line: string) => void;
}

/** What came of one history. */
export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  readonly violation: Violation | undefined;
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often a process died at each await point, and at which points one ever waited. */
  readonly crashes: Readonly<Record<string, number>>;
  readonly awaited: readonly string[];
  /** How long it took to come to rest; virtual milliseconds. */
  readonly restedAfterMs: number;
}

/** Lets a whole history happen: trouble, peace, rest. Ends with the first promise that is broken. */
export async function runHistory({ seed, steps, off = new Set(), trace }: HistoryOptions): Promise<Outcome> {
  const crashes = new Map<string, number>();
  const awaited = new Set<string>();
  const world = new World({
    seed,
    off,
    died: (deaths, wasStopping) => {
      for (const death of deaths) count(crashes, nameOfDeath(death, wasStopping));
    },
    waited: (gate) => {
      for (const name of namesOf(gate)) awaited.add(name);
    },
    ...(trace !== undefined && { trace }),
  });
  const { watchers } = world;
  let taken = 0;
  while (taken < steps && !watchers.hasFailed) {
    await world.step();
    taken += 1;
  }
  const restedAfterMs = watchers.hasFailed ? 0 : await comeToRest(world);
  return {
    seed,
    steps: taken,
    violation: watchers.violation,
    faults: Object.fromEntries(world.tally.counts),
    crashes: Object.fromEntries(crashes),
    awaited: [...awaited],
    restedAfterMs,
  };
}

async function comeToRest(world: World): Promise<number> {
  const { watchers, timeline, records, cluster, cloud } = world;
  const rest = new ComesToRest(records, cluster, cloud);
  await world.makePeace();
  const since = timeline.monotonic();
  const elapsed = () => timeline.monotonic() - since;
  let problems = rest.problems();
  while (problems.length > 0 && elapsed() < CONVERGENCE_MS && !watchers.hasFailed) {
    await world.rest(LOOK_EVERY_MS);
    problems = rest.problems();
  }
  const restedAfterMs = elapsed();
  for (const problem of problems) watchers.fail('everything comes to rest', problem);

  await world.rest(LAST_WORD_MS);
  for (const problem of rest.problems()) watchers.fail('what is at rest stays so', problem);
  const writes = watchers.writes;
  await world.rest(QUIET_MS);
  if (watchers.writes > writes && !rest.hasRefusedCreation) {
    watchers.fail('nothing is written when nothing has changed', `${watchers.writes - writes} writes`);
  }
  return restedAfterMs;
}

function namesOf({ stage, point }: Gate): readonly string[] {
  return stage === 'request' ? [`${point}: not sent`, `${point}: on its way`] : [`${point}: ${WHEN[stage]}`];
}

const WHEN = { answer: 'answered', event: 'event' } as const;

function nameOfDeath({ gate: { stage, point }, hasLeft }: DeathAt, wasStopping: boolean): string {
  const when = stage === 'request' ? (hasLeft ? 'on its way' : 'not sent') : WHEN[stage];
  return `${point}: ${when}${wasStopping ? ' (stopping)' : ''}`;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
