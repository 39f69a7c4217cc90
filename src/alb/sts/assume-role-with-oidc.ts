import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { z } from 'zod';
import type { OidcRoleSource } from '../credentials/source.ts';
import { redactorOf } from '../redact.ts';
import {
  type Issue,
  LIFETIME_S,
  readIssuedKey,
  STS_API_VERSION,
  STS_TIMEOUT_MS,
  stsUnavailable,
} from './issued-key.ts';

const OPERATION = 'AssumeRoleWithOIDC';

const refusal = z.object({
  Code: z.string().min(1),
  Message: z.string().catch(''),
  RequestId: z.string().catch(''),
});

/** One unsigned request: the token is the proof. May be repeated; every answer is a new key. */
export async function assumeRoleWithOidc({
  endpoint,
  source,
  token,
  now,
}: {
  readonly endpoint: string;
  readonly source: OidcRoleSource;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}): Promise<Issue> {
  const redact = redactorOf([token]);
  try {
    const response = await request(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        Action: OPERATION,
        Version: STS_API_VERSION,
        Format: 'JSON',
        Timestamp: `${new Date(now).toISOString().slice(0, 19)}Z`,
        SignatureNonce: randomUUID(),
        RoleArn: source.roleArn,
        OIDCProviderArn: source.oidcProviderArn,
        OIDCToken: token,
        RoleSessionName: source.roleSessionName,
        DurationSeconds: String(LIFETIME_S),
      }).toString(),
      signal: AbortSignal.timeout(STS_TIMEOUT_MS),
    });
    const body: unknown = JSON.parse(await response.body.text());
    const key = response.statusCode === 200 ? readIssuedKey(body) : undefined;
    if (key !== undefined) return key;
    const refused = refusal.safeParse(body);
    if (!refused.success)
      return stsUnavailable(OPERATION, `STS answered with HTTP ${response.statusCode} and no code.`);
    const { Code, Message, RequestId } = refused.data;
    // Whether it passes by itself is told by the status: a refusal of the token, the role or the provider is 4xx.
    const passes = response.statusCode >= 500 || Code.startsWith('Throttling');
    return {
      ok: false,
      problem: {
        class: passes ? 'unavailable' : 'authentication',
        operation: OPERATION,
        code: redact(Code, 128),
        message: `STS gave no key for ${source.roleArn}: ${redact(Message)}`,
        ...(RequestId === '' ? {} : { requestId: redact(RequestId, 128) }),
      },
    };
  } catch {
    // What was thrown may quote the answer, and with it the key.
    return stsUnavailable(OPERATION, 'STS gave no readable answer in time.');
  }
}
