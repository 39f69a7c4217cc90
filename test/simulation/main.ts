import { Option } from '@commander-js/extra-typings';
import { runScript, script, type Verdict } from '../../tools/cli/script.ts';
import { list, wholeNumber } from '../../tools/cli/values.ts';
import { readFoundBySeed, writeFoundBySeed } from './found-by-seed.ts';
import { runHistory, STEPS } from './history.ts';
import { hunt, huntOnRecord, lineOf } from './hunt.ts';
import { mutations } from './mutations.ts';
import { runPool } from './pool.ts';
import { shrink } from './shrink.ts';
import { type Failure, Summary } from './summary.ts';

/** Longer ones are shrunk by hand, from what the trace shows. */
const FAILURES_TO_SHRINK = 5;
const MOST_SEEDS_OF_A_MUTATION = 2000;

const EXAMPLES = `
Examples:
  npm run simulate -- --seeds 1000
  npm run simulate -- --seed 42 --off 'crash,stop' --trace
  npm run simulate -- --mutations --only 'takeover'
  npm run simulate -- --mutations --record
`;

const positive = wholeNumber({ min: 1 });
const command = script(
  'simulate',
  'Simulates the operator, its cluster and its cloud, with faults, from seeds.',
)
  .option('--seeds <n>', 'run that many histories; with --mutations, at most (2000)', positive)
  .option('--from <seed>', 'the first seed', wholeNumber(), 1)
  .addOption(
    new Option('--seed <seed>', 'run this history alone').argParser(wholeNumber()).conflicts('seeds'),
  )
  .option('--steps <n>', 'the length of a history', positive, STEPS)
  .option('--off <kinds>', 'with --seed: kinds of faults that are left out, with commas', list)
  .option('--trace', 'with --seed: print every step')
  .addOption(
    new Option('--mutations', 'the first seed that finds each planted defect').conflicts(['seed', 'json']),
  )
  .option('--only <text>', 'with --mutations: those with this in their name')
  .option('--record', 'with --mutations: a seed for each in test/simulation/found-by-seed.json')
  .option('--json', 'print the report as JSON')
  .option('--no-shrink', 'leave broken promises as they were found')
  .addHelpText('after', EXAMPLES)
  .parse();

const options = command.opts();
const { steps, from } = options;
if (options.mutations) await runScript(() => runMutations(options.seeds ?? MOST_SEEDS_OF_A_MUTATION));
const { seed, seeds } = options;
if (seed !== undefined) await runScript(() => runOne(seed), options.json);
if (seeds !== undefined) await runScript(() => runMany(seeds), options.json);
command.error('error: one of --seeds, --seed and --mutations is required');

async function runOne(number: number): Promise<Verdict> {
  const trace = options.trace ? { trace: (line: string) => process.stdout.write(`${line}\n`) } : {};
  const outcome = await runHistory({ seed: number, steps, off: new Set(options.off ?? []), ...trace });
  const { violation } = outcome;
  if (!options.trace || options.json) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  return violation === undefined
    ? { passed: true, line: `seed ${number}: no violation` }
    : { passed: false, line: `seed ${number}: ${violation.invariant}: ${violation.what}` };
}

async function runMutations(most: number): Promise<Verdict> {
  const chosen = mutations.filter(({ name }) => name.includes(options.only ?? ''));
  const missed: string[] = [];
  for (const mutation of chosen) {
    const find = options.record
      ? await huntOnRecord(mutation, { seeds: most, steps })
      : await hunt(mutation, { from, seeds: most, steps });
    process.stdout.write(`${lineOf(find)}\n`);
    if (find.seed === undefined) missed.push(find.mutation);
    else if (options.record) record(find.mutation, find.seed);
  }
  if (chosen.length === 0)
    return { passed: false, line: `error: no planted defect has "${options.only}" in its name` };
  const line = `${chosen.length - missed.length} of ${chosen.length} planted defects found`;
  return { passed: missed.length === 0, line };
}

/** After each find, so that nothing is lost when a long hunt is ended. Names that are no more go. */
function record(name: string, found: number): void {
  const known = { ...readFoundBySeed(), [name]: found };
  const rows = mutations.flatMap((mutation) => {
    const at = known[mutation.name];
    return at === undefined ? [] : [[mutation.name, at] as const];
  });
  writeFoundBySeed(Object.fromEntries(rows));
}

async function runMany(count: number): Promise<Verdict> {
  const summary = new Summary();
  const since = performance.now();
  const seconds = () => (performance.now() - since) / 1000;
  let toldAt = 0;
  await runPool({
    from,
    seeds: count,
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
        process.stderr.write(`${summary.seeds} of ${count} seeds, ${summary.failures.length} violations\n`);
      }
      return true;
    },
  });
  const report = summary.report(seconds());
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report));
  const shrunk = options.shrink ? summary.failures.slice(0, FAILURES_TO_SHRINK) : [];
  for (const failure of shrunk) await explain(failure);
  const { failures } = summary;
  return { passed: failures.length === 0, line: `${failures.length} violations in ${count} seeds` };
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
  ];
  return `${lines.join('\n')}\n`;
}

async function explain({ seed: broken, invariant, what }: Failure): Promise<void> {
  process.stderr.write(`\nseed ${broken}: ${invariant}: ${what}\n`);
  const smallest = await shrink(broken, steps);
  const off = smallest.off.length === 0 ? '' : ` --off '${smallest.off.join(',')}'`;
  process.stderr.write(`  npm run simulate -- --seed ${broken} --steps ${smallest.steps}${off} --trace\n`);
}
