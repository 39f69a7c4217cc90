import { setTimeout as wait } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.ts';

/** Waits, in real time, until the condition holds; fails with what was waited for. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = PATIENCE_MS,
): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await wait(5);
  }
}
