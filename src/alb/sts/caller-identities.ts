import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { fixedCredentials } from '../credentials/provider.ts';
import type { Outcome } from '../error.ts';
import { noAnswer } from '../rpc-outcome.ts';
import { signedSts } from './signed-sts.ts';

const OPERATION = 'GetCallerIdentity';
/** After a failure STS is left alone for this long. */
const REST_MS = 5000;

const identity = z.object({ AccountId: z.string().regex(/^\d{1,32}$/) });

/** What is known of one key. */
interface Knowledge {
  /** As long as nothing failed: the answer, or the question that is under way. */
  asking?: Promise<Outcome<string>>;
  failed?: { readonly at: number; readonly answer: Outcome<string> };
}

/**
 * Tells which account a key belongs to. STS needs no permission for that. Each key is asked about once, whoever wants
 * to know; a key never moves to another account.
 */
export class CallerIdentities {
  readonly #endpoint: string;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #known = new WeakMap<Credentials, Knowledge>();

  constructor(endpoint: string, clock: Pick<Clock, 'monotonic'>) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  /** The id of the account. Never rejects. */
  accountOf(credentials: Credentials): Promise<Outcome<string>> {
    const known = this.#known.get(credentials) ?? {};
    this.#known.set(credentials, known);
    const { failed } = known;
    if (failed !== undefined && this.#clock.monotonic() - failed.at < REST_MS)
      return Promise.resolve(failed.answer);
    known.asking ??= this.#ask(credentials, known);
    return known.asking;
  }

  async #ask(credentials: Credentials, known: Knowledge): Promise<Outcome<string>> {
    const answer = await this.#request(credentials);
    if (answer.outcome === 'yes') return answer;
    known.failed = { at: this.#clock.monotonic(), answer };
    delete known.asking;
    return answer;
  }

  async #request(credentials: Credentials): Promise<Outcome<string>> {
    const answer = await signedSts(this.#endpoint, fixedCredentials(credentials))(OPERATION, {});
    if (answer.outcome !== 'yes') return answer;
    const { requestId } = answer;
    const { data } = identity.safeParse(answer.value);
    if (data !== undefined) return { outcome: 'yes', value: data.AccountId, requestId };
    const message = 'STS answered without an account.';
    return noAnswer(OPERATION, 'UnexpectedAnswer', { message, requestId });
  }
}
