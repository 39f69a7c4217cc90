import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { Logger } from './log.ts';
import { describeThrown } from './log.ts';
import type { Random } from './random.ts';
import { randomHex } from './random.ts';
import type { Priority, Work, WorkQueue } from './work-queue.ts';

/** After so many failures an edit loses its high priority: retries do not help it. */
const HASTY_RETRIES = 3;

/** What a reconcile wants next for its key. */
export type Result =
  /** Nothing until the key is added again. Forgets the backoff. */
  | { readonly next: 'done' }
  /** It rests: look again after `ms` milliseconds, with low priority, since nobody waits for that. Forgets the backoff. */
  | { readonly next: 'after'; readonly ms: number }
  /** It goes on: look again after `ms` milliseconds, and keep the backoff, since nothing is proven yet. */
  | { readonly next: 'poll'; readonly ms: number }
  /** It got further: again at once. Forgets the backoff, so that an old failure does not slow down what comes next. */
  | { readonly next: 'onward' }
  /** It did not work: again after the key's backoff. */
  | { readonly next: 'retry' };

export interface ReconcileContext {
  /** Names this one run in logs. */
  readonly reconcileId: string;
  /** Aborts when the grace of a stop is used up: give up what can be given up. */
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Retries of this key so far; 0 on a first attempt. */
  readonly retries: number;
}

/**
 * Brings one object closer to what is declared. Called for one key by one worker at a time. It must read the
 * state anew each time: which change caused the call is not told, and several may have become one call.
 */
export type Reconcile<Key extends string> = (key: Key, context: ReconcileContext) => Promise<Result>;

/** Hears of each reconcile. Must not throw. */
export interface ControllerObserver {
  began(): void;
  /** `threw`: the result is what is done about it. */
  ended(run: { readonly result: Result; readonly threw: boolean; readonly tookMs: number }): void;
}

export interface ControllerOptions<Key extends string> {
  readonly reconcile: Reconcile<Key>;
  readonly queue: WorkQueue<Key>;
  /** How many keys are worked on at once. At least 1. */
  readonly workers: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer?: ControllerObserver | undefined;
}

/**
 * Workers between a queue and a reconcile function.
 *
 * Guarantees: a reconcile that throws or rejects is logged and retried with backoff, and no worker ends by
 * it. After `stop` no reconcile begins.
 */
export class Controller<Key extends string> {
  readonly #options: ControllerOptions<Key>;
  readonly #giveUp = new AbortController();
  #started = false;

  constructor(options: ControllerOptions<Key>) {
    this.#options = options;
  }

  /** Starts the workers, once. Start when the store is synced: a reconcile trusts it to be complete. */
  start(): void {
    if (this.#started) throw new Error('the controller was started twice');
    this.#started = true;
    for (let worker = 0; worker < this.#options.workers; worker += 1) void this.#work();
  }

  /**
   * Ends intake and waits for the reconciles in flight, for `graceMs` at most; then their signal aborts.
   * `abandoned` means some were still running at that moment.
   */
  async stop(graceMs: number): Promise<'drained' | 'abandoned'> {
    const { queue, clock } = this.#options;
    const graceOver = new AbortController();
    const drained = queue.shutDown().then(() => 'drained' as const);
    const abandoned = sleep(clock, graceMs, graceOver.signal).then(() => 'abandoned' as const);
    const outcome = await Promise.race([drained, abandoned]);
    graceOver.abort();
    this.#giveUp.abort();
    return outcome;
  }

  async #work(): Promise<void> {
    const { queue } = this.#options;
    for (let work = await queue.take(); work !== undefined; work = await queue.take()) {
      const result = await this.#reconcile(work);
      this.#settle(work, result);
      queue.done(work.key);
    }
  }

  async #reconcile({ key, priority, retries }: Work<Key>): Promise<Result> {
    const { reconcile, random, logger, clock, observer } = this.#options;
    const reconcileId = randomHex(random, 16);
    const beganAt = clock.monotonic();
    const ended = (result: Result, threw: boolean): Result => {
      observer?.ended({ result, threw, tookMs: clock.monotonic() - beganAt });
      return result;
    };
    observer?.began();
    try {
      const context = { reconcileId, signal: this.#giveUp.signal, priority, retries };
      return ended(await reconcile(key, context), false);
    } catch (thrown) {
      logger.error({ key, reconcileId, retries, error: describeThrown(thrown) }, 'the reconcile threw');
      return ended({ next: 'retry' }, true);
    }
  }

  /** Unfinished work keeps its priority until it has failed often; `low` is for work at rest alone. */
  #settle({ key, priority, retries }: Work<Key>, result: Result): void {
    const { queue } = this.#options;
    const unfinished = priority === 'high' && retries < HASTY_RETRIES ? 'high' : 'normal';
    switch (result.next) {
      case 'done':
        queue.forget(key);
        return;
      case 'after':
        queue.forget(key);
        queue.addAfter(key, result.ms, 'low');
        return;
      case 'poll':
        queue.addAfter(key, result.ms, unfinished);
        return;
      case 'onward':
        queue.forget(key);
        queue.add(key, unfinished);
        return;
      case 'retry':
        queue.retry(key, unfinished);
    }
  }
}
