import { runScript, script, type Verdict } from '../../tools/cli/script.ts';
import { wholeNumber } from '../../tools/cli/values.ts';
import { type ChaosReport, runChaos } from './chaos.ts';

const DESCRIPTION = `Runs the operator as a real process on a real kube-apiserver and the simulated cloud, kills it at random
instants and disturbs everything around it while users work and a hostile namespace reaches for what is
theirs, then checks that nothing is there twice, lost or touched that should not be, and that no namespace
harmed another. Exits with 1 when something is.`;

const options = script('chaos', DESCRIPTION)
  .option('--kills <n>', 'how often the operator is killed', wholeNumber({ min: 1 }), 20)
  .option(
    '--seed <seed>',
    'the plan of what happens; the instants are those of the machine (default: a random one)',
    wholeNumber(),
  )
  .option('--json', 'print the report as JSON')
  .parse()
  .opts();

// Ends the process: a socket that fails while the proxy resets it is never closed by Node and would hold it for ever.
await runScript(chaos, options.json);

async function chaos(): Promise<Verdict> {
  const { kills, seed = Math.floor(Math.random() * 1e6) } = options;
  const report = await runChaos({ kills, seed, say: (line) => console.error(line) });
  console.log(options.json ? JSON.stringify(report, null, 2) : described(report));
  return verdictOf(report);
}

function verdictOf({ violations, seed }: ChaosReport): Verdict {
  return violations.length === 0
    ? { passed: true, line: 'No violation: no namespace harmed another.' }
    : { passed: false, line: `${violations.length} violations, seed ${seed}` };
}

function described(report: ChaosReport): string {
  const { kills, violations } = report;
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  return `
The operator was killed ${kills} times:
${table(report.killed)}

Besides:
${table(report.disturbances)}

A hostile namespace meanwhile:
${table(report.hostile)}

${report.actions} actions of users, ${report.calls} calls to the cloud, ${report.creations} listeners created, ${report.running} running at the end.
Converged ${seconds(report.convergedMs)} after the last fault; ${seconds(report.durationMs)} in all.
${violations.map((line) => `\n- ${line}`).join('')}`;
}

function table(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, times]) => `${String(times).padStart(5)}  ${what}`)
    .join('\n');
}
