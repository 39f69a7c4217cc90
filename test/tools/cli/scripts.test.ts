import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

interface Row {
  /** A command line with a wrong value, and what the answer says; none where it takes no values. */
  readonly wrongValue?: { readonly args: readonly string[]; readonly takes: string };
  /** Why its help may be wider than 80 columns. */
  readonly isWide?: string;
}

const NUMBER = 'It is a whole number';
const SCRIPTS: Readonly<Record<keyof typeof packageJson.scripts, Row>> = {
  start: {
    wrongValue: { args: ['--log-level=loud'], takes: '--log-level' },
  },
  simulate: { wrongValue: { args: ['--seeds', 'abc'], takes: NUMBER } },
  simulator: { wrongValue: { args: ['--port', '65536'], takes: NUMBER } },
  'control-plane': {},
  demo: {},
  chaos: { wrongValue: { args: ['--kills', '0'], takes: NUMBER } },
  bench: { wrongValue: { args: ['--soak', '1.5'], takes: NUMBER } },
  'bench:memory': { wrongValue: { args: ['one.mjs', 'two.mjs'], takes: 'too many arguments' } },
  generate: { wrongValue: { args: ['docs'], takes: 'too many arguments' } },
  'generate:install': { wrongValue: { args: ['here'], takes: 'too many arguments' } },
  build: { wrongValue: { args: ['--outdir'], takes: 'argument missing' } },
  release: { wrongValue: { args: ['--outdir'], takes: 'argument missing' } },
  check: { wrongValue: { args: ['spelling'], takes: 'types, lint, format, dead, generated' } },
  test: { isWide: 'it is the one of vitest' },
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a pipe, as a shell does. Nothing of it is a terminal. */
async function shell(command: string): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const child = execFile('bash', ['-o', 'pipefail', '-c', command], options, (_, stdout, stderr) =>
    resolve({ code: child.exitCode, stdout, stderr }),
  );
  return promise;
}

function npm(name: string, args: readonly string[]): string {
  return `npm run --silent ${name} -- ${args.map((arg) => `'${arg}'`).join(' ')}`;
}

const STACK = /^\s+at .+:\d+/m;

describe.each(Object.entries(SCRIPTS))('npm run %s', (name, row) => {
  it('answers --help within 80 columns, with code 0, also where only the head is read', async () => {
    const [whole, head] = await Promise.all([
      shell(npm(name, ['--help'])),
      shell(`${npm(name, ['--help'])} | head -n 1`),
    ]);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/usage/i);
    const wide = whole.stdout.split('\n').filter((line) => line.length > 80);
    if (row.isWide === undefined) expect(wide).toEqual([]);
    expect(head).toMatchObject({ code: 0, stderr: '' });
    expect(head.stdout.trim()).toBe(whole.stdout.trim().split('\n')[0]);
  });

  it('answers a wrong flag with code 2, the flag and where help is, without a stack trace', async () => {
    const { code, stdout, stderr } = await shell(npm(name, ['--bogus-flag']));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/--bogus-?flag/i);
    expect(stderr).toContain('--help');
    expect(stderr).not.toMatch(STACK);
  });
});

describe('a wrong value', () => {
  const rows = Object.entries(SCRIPTS).flatMap(([name, { wrongValue }]) =>
    wrongValue === undefined ? [] : [{ name, ...wrongValue }],
  );
  it.each(rows)(
    '$args of npm run $name ends with code 2 and what it takes, without a stack trace',
    async (row) => {
      const { code, stdout, stderr } = await shell(npm(row.name, row.args));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(row.takes);
      expect(stderr).not.toMatch(STACK);
    },
  );
});

describe('the last line', () => {
  it.each([
    { args: ['--seed', '1', '--steps', '30'], code: 0, line: 'seed 1: no violation' },
    { args: ['--seeds', '2', '--steps', '30'], code: 0, line: '0 violations in 2 seeds' },
  ])('says what came of it: simulate $args', async ({ args, code, line }) => {
    const ended = await shell(npm('simulate', args));
    expect(ended.code).toBe(code);
    expect(ended.stdout.trim().split('\n').at(-1)).toBe(line);
  });

  it('is no part of a report in JSON', async () => {
    const ended = await shell(npm('simulate', ['--seeds', '2', '--steps', '30', '--json']));
    expect(JSON.parse(ended.stdout)).toMatchObject({ seeds: 2, violations: [] });
    expect(ended.stderr.trim().split('\n').at(-1)).toBe('0 violations in 2 seeds');
  });

  it('tells an error by its message alone', async () => {
    const ended = await shell(npm('simulator', ['--settings', '/nowhere.json']));
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^error: ENOENT.*nowhere\.json/);
    expect(ended.stderr).not.toMatch(STACK);
  });
});

it('a script whose reader has seen enough ends without a word', async () => {
  const ended = await shell(`${npm('simulate', ['--seed', '1', '--trace'])} | head -n 2`);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.trim().split('\n')).toHaveLength(2);
});
