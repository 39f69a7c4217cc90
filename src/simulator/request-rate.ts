import { type Refusal, refuse } from './refusal.ts';

/** Counts the calls of each operation in the running minute of the clock; a minute that was too full clears with the next. */
export class RequestRate {
  readonly #counts = new Map<string, { readonly minute: number; calls: number }>();

  count(action: string, now: number, callsPerMinute: number | null): Refusal | undefined {
    if (callsPerMinute === null) return undefined;
    const minute = Math.floor(now / 60_000);
    const known = this.#counts.get(action);
    const current = known?.minute === minute ? known : { minute, calls: 0 };
    this.#counts.set(action, current);
    current.calls += 1;
    if (current.calls <= callsPerMinute) return undefined;
    const refusal = refuse(400, 'Throttling.User', 'Request was denied due to user flow control.');
    return { ...refusal, retryAfterMs: (minute + 1) * 60_000 - now };
  }
}
