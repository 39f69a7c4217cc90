import { type Refusal, refuse } from './refusal.ts';

/** Counts the calls of each account and operation in the running minute of the clock; a minute that was too full clears with the next. */
export class RequestRate {
  readonly #counts = new Map<string, { readonly minute: number; calls: number }>();

  count(accountId: string, action: string, now: number, callsPerMinute: number | null): Refusal | undefined {
    if (callsPerMinute === null) return undefined;
    const key = `${accountId}/${action}`;
    const minute = Math.floor(now / 60_000);
    const known = this.#counts.get(key);
    const current = known?.minute === minute ? known : { minute, calls: 0 };
    this.#counts.set(key, current);
    current.calls += 1;
    if (current.calls <= callsPerMinute) return undefined;
    const refusal = refuse(400, 'Throttling.User', 'Request was denied due to user flow control.');
    return { ...refusal, retryAfterMs: (minute + 1) * 60_000 - now };
  }
}
