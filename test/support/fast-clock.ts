import type { Clock } from '../../src/runtime/clock.ts';
import { systemClock } from '../../src/runtime/clock.ts';

/** Real time, `factor` times as fast: for real servers behind code that waits for minutes. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    monotonic: () => systemClock.monotonic() * factor,
    schedule: (delayMs, callback) => systemClock.schedule(delayMs / factor, callback),
  };
}
