import { parseArgs } from 'node:util';
import { type ChaosReport, runChaos } from './chaos.ts';

const USAGE = `Usage: npm run chaos -- [--kills N] [--seed S] [--json]

Runs the operator as a real process on a real kube-apiserver and the simulated cloud, kills it at random instants and
disturbs everything around it while users work and a hostile namespace reaches for what is theirs, then checks that
nothing is there twice, lost or touched that should not be, and that no namespace harmed another. Exit code 1 when
something is.

  --kills N   how often the operator is killed (20)
  --seed S    the plan of what happens; the instants are those of the machine (a random one)
  --json      the report as JSON
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const kills = Number(values.kills);
  const seed = Number(values.seed);
  if (values.help || !Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const report = await runChaos({ kills, seed, say: (line) => console.error(line) });
  console.log(values.json ? JSON.stringify(report, null, 2) : described(report));
  return report.violations.length === 0 ? 0 : 1;
}

function described(report: ChaosReport): string {
  const { seed, kills, violations } = report;
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  return `
The operator was killed ${kills} times:
${table(report.killed)}

Besides:
${table(report.disturbances)}

A hostile namespace meanwhile:
${table(report.hostile)}

${report.actions} actions of users, ${report.calls} calls to the cloud, ${report.creations} listeners created, ${report.running} running at the end.
As wished ${seconds(report.convergedMs)} after the storm; ${seconds(report.durationMs)} in all.

${violations.length === 0 ? 'No violation: no namespace harmed another.' : `${violations.length} violations, seed ${seed}:\n${violations.map((line) => `- ${line}`).join('\n')}`}`;
}

function table(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, times]) => `${String(times).padStart(5)}  ${what}`)
    .join('\n');
}

// Not by itself: a socket that fails while the proxy resets it is never closed by Node and would hold up the end for ever.
process.exit(await main());
