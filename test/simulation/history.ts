import { describeThrown } from '../../src/runtime/log.ts';
import type { Gate } from './gates.ts';
import { ComesToRest } from './invariants/comes-to-rest.ts';
import { OrphansGo } from './invariants/orphans-go.ts';
import type { DeathAt } from './operator-process.ts';
import { PACE } from './pace.ts';
import { judgeSeries } from './trials/bounded-series.ts';
import { followEndlessLists } from './trials/endless-list.ts';
import { judgeEnd } from './trials/ends-in-time.ts';
import { judgeFairness } from './trials/fairness.ts';
import { strand } from './trials/gone-for-good.ts';
import { deleteBehindPages } from './trials/paging.ts';
import { judgeTornOut } from './trials/torn-out.ts';
import { trailBehind } from './trials/trailing-reads.ts';
import type { Violation } from './watchers.ts';
import { World } from './world.ts';

/** How long the trouble lasts in a history, unless told otherwise. */
export const STEPS = 1700;
/** In which everything has to be at rest when nothing goes wrong any more. */
const CONVERGENCE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 10_000;
/** What is at rest may still have a last word to write, with the next look. */
const LAST_WORD_MS = 2.5 * PACE.resync;
const QUIET_MS = 3.5 * PACE.resync;
/** What is to be done again after a while comes a little earlier or later than that. */
const EARLIEST = 0.8;
/** Ahead of it and after it, with an event. */
const WRITES_OF_AN_ATTEMPT = 3;
/** Up to which draw, from 0 to 1, a history ends with each of the trials. */
const TRIALS = {
  endlessList: 0.1,
  end: 0.25,
  fairness: 0.4,
  series: 0.45,
  paging: 0.5,
  tornOut: 0.55,
  trailingReads: 0.6,
  goneForGood: 0.65,
} as const;

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
  // It would end the process in production.
  const crash = (thrown: unknown) =>
    watchers.fail('no process ends by itself', `nothing catches: ${describeThrown(thrown).message}`);
  process.on('unhandledRejection', crash);
  let taken = 0;
  while (taken < steps && !watchers.hasFailed) {
    await world.step();
    taken += 1;
  }
  const restedAfterMs = watchers.hasFailed ? 0 : await comeToRest(world);
  process.off('unhandledRejection', crash);
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
  const { watchers, timeline, records, cluster, cloud, processes } = world;
  const rest = new ComesToRest(records, cluster, cloud);
  const orphans = new OrphansGo(records, cloud, processes);
  const problemsNow = () => [...rest.problems(), ...orphans.problems()];
  await world.makePeace();
  const since = timeline.monotonic();
  const elapsed = () => timeline.monotonic() - since;
  let problems = problemsNow();
  while (problems.length > 0 && elapsed() < CONVERGENCE_MS && !watchers.hasFailed) {
    await world.rest(LOOK_EVERY_MS);
    problems = problemsNow();
  }
  const restedAfterMs = elapsed();
  for (const problem of problems) watchers.fail('everything comes to rest', problem);

  await world.rest(LAST_WORD_MS);
  for (const problem of problemsNow()) watchers.fail('what is at rest stays so', problem);
  await judgeQuiet(world, rest);
  if (!watchers.hasFailed) await standTrial(world, rest);
  return restedAfterMs;
}

/** In some histories, one more thing to stand at the end. */
async function standTrial(world: World, rest: ComesToRest): Promise<void> {
  const { watchers, chance } = world;
  const draw = chance.next();
  if (draw < TRIALS.endlessList) return followEndlessLists(world);
  if (draw < TRIALS.end) {
    const problem = await judgeEnd(world);
    if (problem !== undefined) watchers.fail('a process ends in time', problem);
  } else if (draw < TRIALS.fairness) {
    const problem = await judgeFairness(world);
    if (problem !== undefined) watchers.fail('a fair share', problem);
  } else if (draw < TRIALS.series) {
    const problem = await judgeSeries(world);
    if (problem !== undefined) watchers.fail('series are bounded', problem);
  } else if (draw < TRIALS.paging) {
    await deleteBehindPages(world);
  } else if (draw < TRIALS.tornOut) {
    const problem = await judgeTornOut(world);
    if (problem !== undefined) watchers.fail('nothing is left behind by force', problem);
  } else if (draw < TRIALS.trailingReads) {
    await trailBehind(world);
  } else if (draw < TRIALS.goneForGood) {
    await strand(world);
    await judgeQuiet(world, rest);
  }
}

/** Nothing is written, and nothing is asked for that the cloud refuses, but for a few attempts. */
async function judgeQuiet(world: World, { refusedAttempts }: ComesToRest): Promise<void> {
  const { watchers } = world;
  const { writes, refusedWrites } = watchers;
  const attempts = refusedAttempts * Math.ceil(QUIET_MS / (EARLIEST * PACE.slow));
  await world.rest(QUIET_MS);
  const written = watchers.writes - writes;
  const refused = watchers.refusedWrites - refusedWrites;
  if (written > WRITES_OF_AN_ATTEMPT * attempts)
    watchers.fail('nothing is written when nothing has changed', `${written} writes`);
  if (refused > attempts)
    watchers.fail('nothing is asked for again and again', `${refused} writes that the cloud refused`);
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
