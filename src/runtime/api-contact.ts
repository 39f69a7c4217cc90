import type { Clock } from './clock.ts';
import type { ApiError } from './kubernetes/api-error.ts';
import {
  type Asked,
  describeAsked,
  type Explanation,
  explainApiError,
} from './kubernetes/explain-api-error.ts';
import type { Logger } from './log.ts';

export interface ApiContactOptions {
  /** Base URL of the API server, for messages. */
  readonly server: string;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
}

/** What goes wrong at present. Times are monotonic milliseconds. */
interface Problem {
  readonly concerns: Explanation['concerns'];
  readonly since: number;
  saidAt: number;
  /** When each asker last met it. Askers are parts of the program, or what they asked for. */
  readonly askers: Map<string, number>;
}

/** A problem that lasts is logged again so often. */
const REMIND_MS = 10 * 60_000;
/** An asker that has not failed for so long has stopped asking: no pause and deadline of a retry is as long. */
const FORGET_MS = 2 * 60_000;

/**
 * Logs what is wrong between this process and the API server, once for all parts that meet it.
 *
 * There is a line when it begins, one every ten minutes while it lasts, and one when it is over.
 *
 * Everything that retries requests to the API server reports here. Parts that meet the same problem share its line, and
 * it is over when the last of them has succeeded. Attempts in between are logged at debug.
 */
export class ApiContact {
  readonly #options: ApiContactOptions;
  readonly #problems = new Map<string, Problem>();
  /** The problem that each asker meets. */
  readonly #met = new Map<string, string>();
  #wasInTouch = false;

  constructor(options: ApiContactOptions) {
    this.#options = options;
  }

  /** An attempt failed. */
  failed(asked: Asked, error: ApiError, fields: object = {}): void {
    const { server, clock, logger } = this.#options;
    const { sentence, concerns } = explainApiError(error, asked, { server, wasInTouch: this.#wasInTouch });
    // An answer to this request alone is contact.
    if (concerns === 'request') this.#over(partOf(asked), this.#inTouch);
    const asker = concerns === 'server' ? partOf(asked) : describeAsked(asked);
    if (this.#met.get(asker) !== sentence) this.#leave(asker);
    this.#met.set(asker, sentence);

    const now = clock.monotonic();
    const problem: Problem = this.#problems.get(sentence) ?? {
      concerns,
      since: now,
      saidAt: Number.NEGATIVE_INFINITY,
      askers: new Map(),
    };
    this.#problems.set(sentence, problem);
    problem.askers.set(asker, now);
    const isDue = now - problem.saidAt >= REMIND_MS;
    const forSeconds = Math.round((now - problem.since) / 1000);
    logger[isDue ? 'warn' : 'debug']({ ...fields, ...(forSeconds > 0 && { forSeconds }), error }, sentence);
    if (isDue) problem.saidAt = now;
  }

  /** An attempt succeeded. */
  succeeded(asked: Asked): void {
    this.#wasInTouch = true;
    if (this.#met.size === 0) return;
    this.#over(partOf(asked), this.#inTouch);
    this.#over(describeAsked(asked), `the API server now answers: ${describeAsked(asked)}`);
    for (const asker of this.#stoppedAsking()) this.#over(asker, this.#inTouch);
  }

  get #inTouch(): string {
    return `in touch with the API server ${this.#options.server}`;
  }

  /** Askers that failed and do not retry, such as writes to an object that is gone. */
  #stoppedAsking(): readonly string[] {
    const now = this.#options.clock.monotonic();
    return [...this.#problems.values()]
      .filter(({ concerns }) => concerns === 'server')
      .flatMap(({ askers }) => [...askers].filter(([, at]) => now - at > FORGET_MS).map(([asker]) => asker));
  }

  /** Logs the message if the asker was the last one with its problem. */
  #over(asker: string, message: string): void {
    if (this.#leave(asker)) this.#options.logger.info({}, message);
  }

  /** Whether that was the end of a problem. */
  #leave(asker: string): boolean {
    const sentence = this.#met.get(asker);
    const problem = sentence === undefined ? undefined : this.#problems.get(sentence);
    if (sentence === undefined || problem === undefined) return false;
    this.#met.delete(asker);
    problem.askers.delete(asker);
    if (problem.askers.size > 0) return false;
    this.#problems.delete(sentence);
    return true;
  }
}

/** What asks, whichever verb it uses. */
function partOf({ type, where }: Asked): string {
  const namespace = typeof where === 'object' ? where.namespace : '';
  return `${type.plural} ${namespace}`;
}
