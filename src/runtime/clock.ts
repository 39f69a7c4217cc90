/** Every moment and every wait of the runtime comes through this, so that tests can own time. */
export interface Clock {
  /** Wall clock in milliseconds since 1970. For timestamps only: it may jump either way. */
  now(): number;
  /** Milliseconds that never run backwards, from an arbitrary start. For durations. */
  monotonic(): number;
  /**
   * Calls back once after `delayMs`; a delay below zero counts as zero. Never calls back synchronously.
   * Delays are good for up to 24 days, the longest a Node timer can wait; longer ones end there.
   */
  schedule(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  /** The callback will not run any more. May be repeated, also after it ran. */
  cancel(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs`, or at once when the signal aborts: look at the signal afterwards. Never rejects. */
export async function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  const timer = clock.schedule(delayMs, wake);
  signal?.addEventListener('abort', wake);
  await promise;
  timer.cancel();
  signal?.removeEventListener('abort', wake);
}
