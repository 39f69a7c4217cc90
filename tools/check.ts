import { spawn } from 'node:child_process';
import { Argument } from '@commander-js/extra-typings';
import { runScript, script, type Verdict } from './cli/script.ts';

/** By name, the command of each check. */
const CHECKS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  types: ['tsc', '-p', '.'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  format: ['biome', 'check', '.'],
  dead: ['knip'],
  generated: [process.execPath, 'tools/generate.ts', '--check'],
};
const NAMES = Object.keys(CHECKS);

const [chosen] = script('check', 'Checks types, lint, format, unused code and generated files.')
  .addArgument(new Argument('[checks...]', 'those to run').choices(NAMES).default(NAMES, 'all'))
  .parse().processedArgs;

await runScript(async (): Promise<Verdict> => {
  const failed: string[] = [];
  // A check that fails does not keep the others from saying what they have to.
  for (const [name, command] of Object.entries(CHECKS)) {
    if (chosen.includes(name) && !(await passes(command))) failed.push(name);
  }
  return failed.length === 0
    ? { passed: true, line: `${chosen.length} checks passed` }
    : { passed: false, line: `${failed.length} of ${chosen.length} checks failed: ${failed.join(', ')}` };
});

async function passes([program, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const child = spawn(program, args, { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('exit', resolve).once('error', reject);
  return (await promise) === 0;
}
