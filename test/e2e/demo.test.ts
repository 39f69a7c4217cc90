import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Size } from '../../tools/demo/view/layout.ts';
import { widthOf } from '../../tools/demo/view/text.ts';
import { eventually } from '../support/eventually.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { TmuxTerminal, whyNoTmux } from '../support/tmux.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEMO = ['npm', 'run', '--silent', '--prefix', ROOT, 'demo'];
const POLL = { timeout: PATIENCE_MS };
/** Seven steps with pauses, each with waits of its own. */
const WALK_MS = 4 * PATIENCE_MS;
const NAMES = ['shop-http', 'shop-https', 'shop-quic'];
/** What nobody could copy once it was cut: whole lines. */
const ALWAYS_IN_SIGHT = [
  /^export KUBECONFIG=\S+\/kubeconfig$/m,
  /^(?:alias kubectl=\S+\/kubectl|# kubectl is \S+)$/m,
  /^kubectl get alblisteners --watch/m,
  /^kubectl edit alblistener shop-http/m,
];

const run = promisify(execFile);

function shell(script: string): Promise<{ stdout: string; stderr: string }> {
  return run('bash', ['-o', 'pipefail', '-c', script], { cwd: ROOT });
}

/** What holds of every screen, whatever the demo is at. */
function expectWellFormed(screen: string, { columns, rows }: Size): void {
  const lines = screen.split('\n').slice(0, -1);
  expect(lines).toHaveLength(rows);
  expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  // Nothing piles up: each part and each row is there once, and a row that wrapped would start a line with its rest.
  const starting = (start: string): string[] => lines.filter((line) => line.startsWith(start));
  expect(starting('alb-listener-operator demo')).toEqual([lines[0]]);
  for (const start of ['ALBLISTENER', 'IN THE CLOUD', ...NAMES.map((name) => `${name} `)]) {
    expect(starting(start).length).toBeLessThanOrEqual(1);
  }
  const last = lines.findIndex((line) => line.startsWith('In another terminal'));
  if (last === -1) return;
  for (const line of lines.slice(last + 1)) expect(line).toMatch(/^(?:export|alias|kubectl|curl|#) ?/);
}

const reason = whyNoTmux();
if (reason !== undefined) console.log(`Skipped: ${reason}`);

describe.skipIf(reason !== undefined)('the demo in a terminal', () => {
  it('walks, stays with everything in sight at every size, and ends with one line', async () => {
    const small = { columns: 80, rows: 24 };
    using terminal = new TmuxTerminal(DEMO, small);
    await expect.poll(() => terminal.screen(), POLL).toMatch(/^alb-listener-operator demo/);

    let hasRun = false;
    await eventually(
      'the end of the walk',
      () => {
        const screen = terminal.screen();
        expectWellFormed(screen, small);
        hasRun ||= /^shop-\w+ .* Running/m.test(screen);
        if (hasRun) for (const pattern of ALWAYS_IN_SIGHT) expect(screen).toMatch(pattern);
        expect(screen).not.toContain('The walk ended early');
        return screen.includes('The walk is over and everything held.');
      },
      WALK_MS,
    );
    expect(hasRun).toBe(true);

    for (const size of [{ columns: 100, rows: 30 }, { columns: 120, rows: 40 }, small]) {
      terminal.resize(size);
      const allRun = (): boolean =>
        NAMES.every((name) => new RegExp(`^${name} .* Running`, 'm').test(terminal.screen()));
      await eventually('three Running listeners on a screen of the new size', () => {
        return allRun() && terminal.screen().split('\n').length === size.rows + 1;
      });
      const screen = terminal.screen();
      expectWellFormed(screen, size);
      for (const pattern of ALWAYS_IN_SIGHT) expect(screen).toMatch(pattern);
    }

    await expectToBeOfUse(terminal);

    const kubeconfig = /KUBECONFIG=(\S+)/.exec(terminal.screen())?.[1] ?? '';
    expect(existsSync(kubeconfig)).toBe(true);
    terminal.press('C-c');
    await expect
      .poll(() => terminal.screen().trimEnd(), POLL)
      .toMatch(/^before\nThe demo ran for [^\n]*\nexit code 0$/);
    expect(existsSync(kubeconfig)).toBe(false);
  });
});

/** Does in "another terminal" what the screen says. */
async function expectToBeOfUse(terminal: TmuxTerminal): Promise<void> {
  const lines = terminal.screen().split('\n');
  const command = (start: string): string => lines.find((line) => line.startsWith(start)) ?? '';
  const { stdout } = await shell(
    `shopt -s expand_aliases\n${command('export ')}\n${command('alias ')}\nkubectl get alblisteners --output=name`,
  );
  expect(stdout.trim().split('\n')).toEqual(NAMES.map((name) => `alblistener.alb.alibabacloud.com/${name}`));

  const deletion = command('curl ');
  const id = /lsn-\w+/.exec(deletion)?.[0] ?? '';
  await shell(deletion);
  await eventually('another listener in the place of the one deleted in the console', () => {
    const screen = terminal.screen();
    const inCloud = [...screen.matchAll(/^(lsn-\w+) .* Running/gm)].map(([, found]) => found);
    return inCloud.length === NAMES.length && !inCloud.includes(id);
  });
}

describe('the demo in a pipe', () => {
  it('tells the walk in plain lines, and with --once ends with code 0 and a line that says so', async () => {
    const { stdout, stderr } = await shell('npm run --silent demo -- --once');
    expect(stderr).toBe('');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\r');
    expect(stdout).toMatch(/\nEverything held: \d+ checks in [^\n]+\n$/);
    for (const pattern of ALWAYS_IN_SIGHT) {
      expect(stdout.search(pattern)).toBeGreaterThan(-1);
      expect(stdout.search(pattern)).toBeLessThan(stdout.indexOf('Running'));
    }
    // What the cloud refuses is told in full.
    expect(stdout).toMatch(/UpdateListenerAttribute was answered with Mismatch\.VpcId: .*RequestId/);
  });

  it('stays after the walk, tells each change as a line, and ends with one line', async () => {
    // Without npm, which would not pass the signal on.
    const demo = spawn(process.execPath, ['tools/demo/main.ts'], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    const closed = once(demo, 'close');
    const rest = (): string => told.split('The walk is over and everything held.')[1] ?? '';
    await eventually('three Running listeners after the walk', () =>
      NAMES.every((name) => new RegExp(`^${name} .* Running`, 'm').test(rest())),
    );
    expect(rest()).toMatch(/^in the cloud: lsn-\w+ {2}HTTP:80 {2}Running/m);
    demo.kill('SIGINT');
    await closed;
    expect(told.trim().split('\n').at(-1)).toMatch(/^The demo ran for .* Nothing that it started is left\.$/);
    expect(told).not.toContain('\u001b');
  });

  it('ends without a word when its reader has seen enough', async () => {
    const script = spawn('bash', ['-o', 'pipefail', '-c', 'npm run --silent demo | head -n 9'], {
      cwd: ROOT,
    });
    const [stdout, stderr] = await Promise.all([
      text(script.stdout),
      text(script.stderr),
      once(script, 'close'),
    ]);
    expect({ code: script.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
    const kubeconfig = /KUBECONFIG=(\S+)/.exec(stdout)?.[1] ?? '';
    await expect.poll(() => kubeconfig !== '' && existsSync(kubeconfig), POLL).toBe(false);
    expect(stdout.trim().split('\n').length).toBeLessThanOrEqual(9);
  });
});
