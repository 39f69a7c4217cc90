import { Command } from '@commander-js/extra-typings';

/** As wide as an ordinary terminal: help is read in a pipe and in a log, too. */
const WIDTH = 80;

/** How a script ended: its last line, and whether that is what the one who ran it hopes for. */
export interface Verdict {
  readonly passed: boolean;
  readonly line: string;
}

/**
 * An npm script, to which options and arguments are added, and which `runScript` runs.
 *
 * `--help` exits with 0. A wrong flag, number or argument exits with 2, names what was wrong and what was meant.
 *
 * @param name as in package.json
 */
export function script(name: string, description: string) {
  return new Command(`npm run ${name} --`)
    .description(description)
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .allowExcessArguments(false)
    .showHelpAfterError(`Run "npm run ${name} -- --help" for what it takes.`)
    .configureHelp({ helpWidth: WIDTH })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));
}

/** The exit code for a command line that cannot be run. */
const USAGE = 2;
/** The exit code for a run that did not come to what it was for. */
const FAILED = 1;

/**
 * Runs the script and ends the process with 0, or with 1 when its verdict is bad or it throws.
 *
 * An error is printed as its message, since its stack is of no use to who ran the script. A reader that has seen enough
 * (`| head`) ends the script without a word. The verdict is the last line: of the output, unless that is JSON.
 */
export async function runScript(run: () => Promise<Verdict>, isJson = false): Promise<never> {
  endWithReader(process.stdout);
  endWithReader(process.stderr);
  const { passed, line } = await run().catch(failureOf);
  const output = isJson || !passed ? process.stderr : process.stdout;
  // The end of the process must not cut off what a pipe has not taken yet.
  await written(process.stdout, '');
  await written(output, `${line}\n`);
  process.exit(passed ? 0 : FAILED);
}

function failureOf(thrown: unknown): Verdict {
  return { passed: false, line: `error: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
}

function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    process.exit(code === 'EPIPE' ? 0 : FAILED);
  });
}

async function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write(text, () => resolve());
  await promise;
}
