import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { RecentMap } from '../recent-map.ts';
import type { ApiTransport } from './api-transport.ts';

/**
 * - `unknown`: no token, or none of this cluster.
 * - `unsure`: the API server did not say; nobody is let in by that.
 */
export type Admission = 'allowed' | 'denied' | 'unknown' | 'unsure';

export interface TokenGuardOptions {
  readonly transport: ApiTransport;
  /** What a token must give the right to `get`, as in a ClusterRole's `nonResourceURLs`. */
  readonly path: string;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** A right that was taken away holds on for this long. */
const REMEMBER_MS = 60_000;
/** One that was just given is noticed soon. */
const REMEMBER_REFUSAL_MS = 10_000;
const TOKENS_REMEMBERED = 256;
/** Whoever sends tokens at random shall not keep the API server busy through us. */
const MOST_QUESTIONS = 4;
const DEADLINE_MS = 5000;

interface Remembered {
  readonly admission: Admission;
  readonly until: number;
}

const review = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    user: z
      .object({
        // The API server writes an empty user where it knows none.
        username: z.string().optional(),
        uid: z.string().optional(),
        groups: z.array(z.string()).optional(),
        extra: z.record(z.string(), z.array(z.string())).optional(),
      })
      .optional(),
  }),
});

const accessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

/**
 * Lets in whoever has a bearer token that the API server knows (TokenReview) and allows (SubjectAccessReview). An
 * answer holds for at most a minute. Tokens are kept as digests only.
 */
export class TokenGuard {
  readonly #options: TokenGuardOptions;
  readonly #remembered = new RecentMap<string, Remembered>(TOKENS_REMEMBERED);
  readonly #questions = new Map<string, Promise<Admission>>();

  constructor(options: TokenGuardOptions) {
    this.#options = options;
  }

  async admit(authorization: string | undefined): Promise<Admission> {
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'unknown';
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#remembered.get(digest);
    if (known !== undefined && this.#options.clock.monotonic() < known.until) return known.admission;

    const asked = this.#questions.get(digest);
    if (asked !== undefined) return asked;
    if (this.#questions.size >= MOST_QUESTIONS) return 'unsure';
    const question = this.#ask(token, digest).finally(() => this.#questions.delete(digest));
    this.#questions.set(digest, question);
    return question;
  }

  async #ask(token: string, digest: string): Promise<Admission> {
    // Counted from before the question: what is known then is as old as that.
    const askedAt = this.#options.clock.monotonic();
    const admission = await this.#judge(token);
    if (admission !== 'unsure') {
      const forMs = admission === 'allowed' ? REMEMBER_MS : REMEMBER_REFUSAL_MS;
      this.#remembered.set(digest, { admission, until: askedAt + forMs });
    }
    return admission;
  }

  async #judge(token: string): Promise<Admission> {
    const reviewed = review.safeParse(
      await this.#post('authentication.k8s.io', 'TokenReview', 'tokenreviews', { token }),
    );
    if (!reviewed.success) return 'unsure';
    const { authenticated, user: { username, ...rest } = {} } = reviewed.data.status;
    if (!authenticated || username === undefined) return 'unknown';
    const access = accessReview.safeParse(
      await this.#post('authorization.k8s.io', 'SubjectAccessReview', 'subjectaccessreviews', {
        nonResourceAttributes: { path: this.#options.path, verb: 'get' },
        user: username,
        ...rest,
      }),
    );
    if (!access.success) return 'unsure';
    return access.data.status.allowed ? 'allowed' : 'denied';
  }

  async #post(group: string, kind: string, plural: string, spec: object): Promise<unknown> {
    const answer = await this.#options.transport.request({
      method: 'POST',
      path: `/apis/${group}/v1/${plural}`,
      body: { apiVersion: `${group}/v1`, kind, spec },
      deadlineMs: DEADLINE_MS,
    });
    return answer.ok ? answer.body : undefined;
  }
}
