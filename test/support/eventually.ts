import { setTimeout as wait } from 'node:timers/promises';

const DEADLINE_MS = 10_000;

/** Waits, in real time, until the condition holds; fails with what was waited for after ten seconds. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await wait(5);
  }
}
