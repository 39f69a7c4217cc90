import type { Clock } from '../../../src/runtime/clock.ts';
import type { ApiAnswer } from '../../../src/runtime/kubernetes/api-answer.ts';
import { failure } from '../../../src/runtime/kubernetes/api-answer.ts';
import type { WatchRequest } from '../../../src/runtime/kubernetes/api-transport.ts';
import type { Change, History } from './history.ts';
import { inForm } from './presentation.ts';
import { statusObject } from './refusal.ts';
import { apiVersionOf } from './resources.ts';
import type { Route } from './route.ts';

/** About as often as the real one. */
const BOOKMARK_MS = 60_000;

/**
 * The changes after a version, as they are made, with a bookmark every minute and one before the end. Ends in order
 * after `timeoutSeconds`, and like the real transport with `aborted` by the signal.
 */
export async function* watchStream(
  history: History,
  clock: Clock,
  { resource, namespace }: Route,
  { query, signal, accept }: WatchRequest,
): AsyncGenerator<ApiAnswer, void> {
  const from = Number(query['resourceVersion']);
  const missed = history.changesAfter(resource, from);
  if (missed === undefined) {
    yield line('ERROR', statusObject({ reason: 'Expired', message: `too old resource version: ${from}` }));
    return;
  }

  // What is made while the reader is busy waits here: it comes even if it is compacted away meanwhile.
  const waiting: Change[] = [...missed];
  const alarm = new Alarm(signal);
  let isCut = false;
  const uncut = history.onRestore(() => {
    isCut = true;
    alarm.ring();
  });
  const unfollow = history.follow((change) => {
    // From a version that is yet to come it tells nothing before that.
    if (change.resource !== resource || change.version <= from) return;
    waiting.push(change);
    alarm.ring();
  });
  const endsAt = clock.monotonic() + Number(query['timeoutSeconds']) * 1000;
  let bookmarkAt = clock.monotonic() + BOOKMARK_MS;
  try {
    while (!signal.aborted) {
      if (isCut) {
        yield failure('connection', 'the connection to the API server failed: ECONNRESET');
        return;
      }
      const change = waiting.shift();
      const now = clock.monotonic();
      if (change !== undefined) {
        const { object, type } = change;
        if (namespace === undefined || object.metadata.namespace === namespace) {
          yield line(type, inForm(object, accept));
        }
      } else if (now >= Math.min(bookmarkAt, endsAt)) {
        // Everything up to the newest version has been told.
        if (history.version >= from) {
          const metadata = { resourceVersion: String(history.version) };
          const bookmark = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
          yield line('BOOKMARK', inForm(bookmark, accept));
        }
        if (now >= endsAt) return;
        bookmarkAt = now + BOOKMARK_MS;
      } else {
        const timer = clock.schedule(Math.min(bookmarkAt, endsAt) - now, () => alarm.ring());
        await alarm.rings();
        timer.cancel();
      }
    }
    yield failure('aborted', 'the watch was given up');
  } finally {
    unfollow();
    uncut();
    alarm.remove();
  }
}

function line(type: Change['type'] | 'BOOKMARK' | 'ERROR', object: object): ApiAnswer {
  return { ok: true, body: { type, object } };
}

/** Wakes the one who waits, for whatever reason. */
class Alarm {
  readonly #signal: AbortSignal;
  readonly ring = (): void => this.#wake();
  #wake = (): void => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.ring);
  }

  async rings(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
  }

  remove(): void {
    this.#signal.removeEventListener('abort', this.ring);
  }
}
