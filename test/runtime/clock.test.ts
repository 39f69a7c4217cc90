import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

describe('sleep', () => {
  it('ends when its time is over', async () => {
    const clock = new VirtualClock();
    let awake = false;
    const slept = sleep(clock, 1000).then(() => (awake = true));
    await clock.advance(999);
    expect(awake).toBe(false);
    await clock.advance(1);
    await slept;
    expect(awake).toBe(true);
  });

  it('ends at once by the signal, without a timer left behind', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const slept = sleep(clock, 1000, stop.signal);
    stop.abort();
    await slept;
    await sleep(clock, 1000, stop.signal);
    expect(clock.pending).toBe(0);
  });
});

describe('the system clock', () => {
  it('runs a callback after its delay, by its own count', async () => {
    const startedAt = systemClock.monotonic();
    await sleep(systemClock, 20);
    expect(systemClock.monotonic() - startedAt).toBeGreaterThanOrEqual(19);
  });

  it('does not run a callback at once because its delay is longer than a timer can be', async () => {
    let ran = false;
    const timer = systemClock.schedule(2 ** 40, () => {
      ran = true;
    });
    await sleep(systemClock, 20);
    timer.cancel();
    expect(ran).toBe(false);
  });
});
