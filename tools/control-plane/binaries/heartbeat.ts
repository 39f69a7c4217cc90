import type { Timer } from '../../../src/runtime/clock.ts';
import type { Context } from './way.ts';

/** A work that says nothing for longer looks as if it hung. */
const HEARTBEAT_MS = 5000;

/** Does the work, and as long as it takes tells every five seconds how far it is. */
export async function withHeartbeat<T>(
  { clock, progress }: Pick<Context, 'clock' | 'progress'>,
  line: (elapsedMs: number) => string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.monotonic();
  let timer: Timer;
  const beat = (): void => {
    progress(line(clock.monotonic() - startedAt));
    timer = clock.schedule(HEARTBEAT_MS, beat);
  };
  timer = clock.schedule(HEARTBEAT_MS, beat);
  try {
    return await work();
  } finally {
    timer.cancel();
  }
}
