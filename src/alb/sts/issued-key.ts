import { z } from 'zod';
import { Credentials } from '../credentials/credentials.ts';
import type { CredentialsProblem } from '../credentials/provider.ts';

export const STS_API_VERSION = '2015-04-01';
/** Milliseconds from the start of a request to the end of its answer. */
export const STS_TIMEOUT_MS = 10_000;
/** Seconds; the most that a role gives unless somebody raised it. */
export const LIFETIME_S = 3600;

/** What came of asking for a key. */
export type Issue =
  | {
      readonly ok: true;
      readonly credentials: Credentials;
      /** Milliseconds since 1970. */
      readonly expiration: number;
    }
  | { readonly ok: false; readonly problem: CredentialsProblem };

const part = z.string().regex(/^[\x21-\x7e]+$/);
const issued = z.object({
  RequestId: z.string(),
  Credentials: z.object({
    AccessKeyId: part,
    AccessKeySecret: part,
    SecurityToken: part,
    Expiration: z.iso.datetime().transform(Date.parse),
  }),
});

/** The key in an answer of STS; `undefined` where there is none. What is wrong is not told: it would quote the key. */
export function readIssuedKey(body: unknown): Extract<Issue, { ok: true }> | undefined {
  const { data } = issued.safeParse(body);
  if (data === undefined) return undefined;
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = data.Credentials;
  return {
    ok: true,
    credentials: new Credentials(AccessKeyId, AccessKeySecret, SecurityToken),
    expiration: Expiration,
  };
}

export function stsUnavailable(operation: string, message: string): Extract<Issue, { ok: false }> {
  return { ok: false, problem: { class: 'unavailable', operation, code: 'StsUnavailable', message } };
}
