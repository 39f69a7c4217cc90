import { describe, expect, it } from 'vitest';
import { ProcessClock } from './process-clock.ts';
import { settled, Timeline } from './timeline.ts';

type Fate = 'sleep' | 'wake' | 'die';

const DUE_MS = 10;

/** How many of three timers have come: one set before all this, one after it, and one set by the first. */
async function timersAfter(fates: readonly Fate[]): Promise<number> {
  const timeline = new Timeline();
  const clock = new ProcessClock(timeline, 0);
  let came = 0;
  clock.schedule(DUE_MS, () => {
    came += 1;
    clock.schedule(DUE_MS, () => {
      came += 1;
    });
  });
  for (const fate of fates) {
    await timeline.advance(timeline.monotonic() + DUE_MS);
    clock[fate]();
  }
  clock.schedule(DUE_MS, () => {
    came += 1;
  });
  while (timeline.nextAt < Number.POSITIVE_INFINITY) await timeline.advance(timeline.nextAt);
  return came;
}

describe('the timers of a process', () => {
  it.each<{ fates: readonly Fate[]; came: number; reason: string }>([
    { fates: [], came: 3, reason: 'it is awake' },
    { fates: ['die'], came: 1, reason: 'it dies right after the first' },
    { fates: ['sleep'], came: 1, reason: 'it sleeps after the first' },
    { fates: ['sleep', 'wake'], came: 3, reason: 'those that were due in its sleep come when it wakes' },
    { fates: ['sleep', 'die'], came: 1, reason: 'it dies in its sleep' },
    { fates: ['sleep', 'die', 'wake'], came: 1, reason: 'its machine wakes, but the process was killed' },
    { fates: ['die', 'sleep', 'wake'], came: 1, reason: 'it was killed before its machine slept' },
  ])('$came of three come: $reason', async ({ fates, came }) => {
    expect(await timersAfter(fates)).toBe(came);
  });
});

describe('a process that reads its clock', () => {
  it('is stopped when it does so again and again and waits for nothing', () => {
    const clock = new ProcessClock(new Timeline(), 0);
    const work = () => {
      for (;;) clock.monotonic();
    };
    expect(work).toThrow('waits for nothing');
  });

  it('may do so as often as it likes when it waits in between', async () => {
    const clock = new ProcessClock(new Timeline(), 0);
    for (let turn = 0; turn < 20_000; turn += 1) {
      clock.now();
      if (turn % 1000 === 0) await settled();
    }
    expect(clock.monotonic()).toBe(0);
  });
});
