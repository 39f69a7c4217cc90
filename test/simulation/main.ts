import { parseArgs } from 'node:util';
import { readFoundBySeed, writeFoundBySeed } from './found-by-seed.ts';
import { runHistory, STEPS } from './history.ts';
import { hunt, huntOnRecord, lineOf } from './hunt.ts';
import { mutations } from './mutations.ts';
import { runPool } from './pool.ts';
import { shrink } from './shrink.ts';
import { type Failure, Summary } from './summary.ts';

const USAGE = `Simulates the operator, its cluster and its cloud, with faults, from seeds.

  npm run simulate -- --seeds 1000 [--from 1] [--steps 1700] [--json] [--no-shrink]
  npm run simulate -- --seed 42 [--steps 100] [--off 'crash,stop'] [--trace]
  npm run simulate -- --mutations [--only 'part of a name'] [--seeds 2000]    the first seed that finds each planted defect
  npm run simulate -- --mutations --record    a seed for each, on record in test/simulation/found-by-seed.json: one that still shows it stays
`;
/** Longer ones are shrunk by hand, from what the trace shows. */
const FAILURES_TO_SHRINK = 5;
const MOST_SEEDS_OF_A_MUTATION = 2000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    steps: { type: 'string', default: String(STEPS) },
    off: { type: 'string', default: '' },
    trace: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    record: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);

if (values.mutations)
  await runMutations(Number(values.seeds ?? MOST_SEEDS_OF_A_MUTATION), Number(values.from));
else if (values.seed !== undefined) await runOne(Number(values.seed));
else if (values.seeds !== undefined) await runMany(Number(values.seeds), Number(values.from));
else process.stdout.write(USAGE);

async function runOne(seed: number): Promise<void> {
  const off = new Set(values.off.split(',').filter((kind) => kind !== ''));
  const trace = values.trace ? { trace: (line: string) => process.stdout.write(`${line}\n`) } : {};
  const outcome = await runHistory({ seed, steps, off, ...trace });
  if (!values.trace || values.json) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  if (outcome.violation !== undefined) process.exitCode = 1;
}

async function runMutations(seeds: number, from: number): Promise<void> {
  for (const mutation of mutations) {
    if (!mutation.name.includes(values.only)) continue;
    const find = values.record
      ? await huntOnRecord(mutation, { seeds, steps })
      : await hunt(mutation, { from, seeds, steps });
    process.stdout.write(`${lineOf(find)}\n`);
    if (find.seed === undefined) process.exitCode = 1;
    else if (values.record) record(find.mutation, find.seed);
  }
}

/** After each find, so that nothing is lost when a long hunt is ended. Names that are no more go. */
function record(name: string, seed: number): void {
  const known = { ...readFoundBySeed(), [name]: seed };
  const rows = mutations.flatMap((mutation) => {
    const found = known[mutation.name];
    return found === undefined ? [] : [[mutation.name, found] as const];
  });
  writeFoundBySeed(Object.fromEntries(rows));
}

async function runMany(seeds: number, from: number): Promise<void> {
  const summary = new Summary();
  const since = performance.now();
  const seconds = () => (performance.now() - since) / 1000;
  let toldAt = 0;
  await runPool({
    from,
    seeds,
    steps,
    take: (outcome) => {
      summary.add(outcome);
      // At once, since a long run may be ended before its report.
      if (outcome.violation !== undefined)
        process.stderr.write(
          `seed ${outcome.seed}: ${outcome.violation.invariant}: ${outcome.violation.what}\n`,
        );
      if (seconds() - toldAt > 10) {
        toldAt = seconds();
        process.stderr.write(`${summary.seeds} of ${seeds} seeds, ${summary.failures.length} violations\n`);
      }
      return true;
    },
  });
  const report = summary.report(seconds());
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report));
  const shrunk = values['no-shrink'] ? [] : summary.failures.slice(0, FAILURES_TO_SHRINK);
  for (const failure of shrunk) await explain(failure);
  if (summary.failures.length > 0) process.exitCode = 1;
}

function inWords(report: ReturnType<Summary['report']>): string {
  const { awaitPoints, restedAfterSeconds: rested } = report;
  const lines = [
    `${report.seeds} seeds, ${report.steps} steps, ${report.faults} faults, ${report.crashes} waits cut by a crash`,
    `${awaitPoints.reached} await points: a process died at ${awaitPoints.diedAt} of them, at ${awaitPoints.diedAtLeast100TimesAt} of them at least 100 times`,
    `at rest after ${rested.median} s (median) and ${rested.longest} s (longest) of virtual time`,
    `judged with ${report.hindsightSeconds} s of hindsight at the most`,
    ...Object.entries(report.faultsByKind).map(([kind, times]) => `${String(times).padStart(9)}  ${kind}`),
    `${report.seconds} s, ${report.seedsPerSecond} seeds a second`,
    `${report.violations.length} violations`,
  ];
  return `${lines.join('\n')}\n`;
}

async function explain({ seed, invariant, what }: Failure): Promise<void> {
  process.stderr.write(`\nseed ${seed}: ${invariant}: ${what}\n`);
  const smallest = await shrink(seed, steps);
  const off = smallest.off.length === 0 ? '' : ` --off '${smallest.off.join(',')}'`;
  process.stderr.write(`  npm run simulate -- --seed ${seed} --steps ${smallest.steps}${off} --trace\n`);
}
