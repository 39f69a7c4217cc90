import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Size } from '../../../tools/demo/view/layout.ts';
import { TmuxTerminal, whyNoTmux } from '../../support/tmux.ts';

const PROGRAM = [process.execPath, new URL('show-sample.ts', import.meta.url).pathname];
const POLL = { timeout: 60_000 };
const [small, middle, large]: readonly [Size, Size, Size] = [
  { columns: 80, rows: 24 },
  { columns: 100, rows: 30 },
  { columns: 120, rows: 40 },
];

function kept({ columns, rows }: Size): string {
  return readFileSync(new URL(`screens/${columns}x${rows}.txt`, import.meta.url), 'utf8');
}

const reason = whyNoTmux();
if (reason !== undefined) console.log(`Skipped: ${reason}`);

describe.skipIf(reason !== undefined)('the screen in a real terminal', () => {
  it.each([small, middle, large])('is the one kept for $columns × $rows', async (size) => {
    using terminal = new TmuxTerminal(PROGRAM, size);
    await expect.poll(() => terminal.screen(), POLL).toBe(kept(size));
  });

  it('is drawn anew when the terminal becomes larger and smaller', async () => {
    using terminal = new TmuxTerminal(PROGRAM, small);
    for (const size of [large, small, middle]) {
      terminal.resize(size);
      await expect.poll(() => terminal.screen(), POLL).toBe(kept(size));
    }
  });

  it('is not touched by keys that are typed into it', async () => {
    using terminal = new TmuxTerminal(PROGRAM, small);
    await expect.poll(() => terminal.screen(), POLL).toBe(kept(small));
    terminal.press('Enter', 'x', 'Enter', 'Enter', 'Tab', 'y');
    terminal.resize(middle);
    await expect.poll(() => terminal.screen(), POLL).toBe(kept(middle));
  });

  it('gives way to what was there before, and one line, after Ctrl-C', async () => {
    using terminal = new TmuxTerminal(PROGRAM, small);
    await expect.poll(() => terminal.screen(), POLL).toBe(kept(small));
    terminal.press('C-c');
    await expect
      .poll(() => terminal.screen().trimEnd(), POLL)
      .toBe('before\none line at the end\nexit code 0');
  });

  it('gives way to the error when the program throws', async () => {
    using terminal = new TmuxTerminal([...PROGRAM, '--throw'], large);
    await expect.poll(() => terminal.screen(), POLL).toBe(kept(large));
    terminal.press('C-c');
    await expect.poll(() => terminal.screen(), POLL).toContain('exit code 1');
    expect(terminal.screen()).toMatch(/^before\n/);
    expect(terminal.screen()).toContain('thrown while the screen is shown');
    terminal.press('a');
    await expect.poll(() => terminal.screen(), POLL).toMatch(/exit code 1\na/);
  });

  it.each([
    { reason: 'it is a terminal', env: {}, isColoured: true },
    { reason: 'NO_COLOR is set', env: { NO_COLOR: '1' }, isColoured: false },
  ])('has colours or none: $reason', async ({ env, isColoured }) => {
    using terminal = new TmuxTerminal(PROGRAM, small, env);
    await expect.poll(() => terminal.screen(), POLL).toBe(kept(small));
    expect(terminal.colouredScreen().includes('\u001b[')).toBe(isColoured);
  });
});
