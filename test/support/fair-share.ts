import type { OperatorInTime } from './operator-in-time.ts';

/** Lets time pass until something has happened; the milliseconds that it took. */
export async function timeUntil(
  operator: OperatorInTime,
  happened: () => boolean,
  limitMs: number,
  meanwhile: () => void = () => {},
): Promise<number> {
  const { clock } = operator.cloud;
  const start = clock.monotonic();
  while (!happened()) {
    if (clock.monotonic() - start > limitMs) return Number.POSITIVE_INFINITY;
    meanwhile();
    await clock.advance(100);
  }
  return clock.monotonic() - start;
}

/** For people. */
export function compared(what: string, took: number, alone: number): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return `${what}: ${seconds(took)}, alone ${seconds(alone)} (${(took / alone).toFixed(1)} times)`;
}
