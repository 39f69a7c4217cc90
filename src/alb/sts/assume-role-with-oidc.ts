import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { z } from 'zod';
import type { OidcRoleSource } from '../credentials/source.ts';
import { redactorOf } from '../redact.ts';
import { type Silence, unanswered } from '../unanswered.ts';
import { stsTarget } from './endpoint.ts';
import { type Issue, LIFETIME_S, readIssuedKey, STS_API_VERSION, STS_TIMEOUT_MS } from './issued-key.ts';

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
  const unavailable = (silence: Silence): Issue => {
    const { message, ...rest } = unanswered(stsTarget(endpoint), silence, redact);
    const said = `STS gave no key for ${source.roleArn}: ${message}`;
    return {
      ok: false,
      problem: { class: 'unavailable', operation: OPERATION, code: silence.code, message: said, ...rest },
    };
  };
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
      return unavailable({
        code: 'UnexpectedStatus',
        cause: `HTTP ${response.statusCode} came without an error code`,
      });
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
  } catch (thrown) {
    return unavailable({ code: silenceOf(thrown) });
  }
}

const systemError = z
  .object({ name: z.string().catch(''), code: z.string().catch('') })
  .catch({ name: '', code: '' });

/** Name and code are all that is taken: a message may quote the answer, and with it the key. */
function silenceOf(thrown: unknown): string {
  const { name, code } = systemError.parse(thrown);
  if (name === 'TimeoutError') return 'Timeout';
  return name === 'SyntaxError' || code.startsWith('HPE_') ? 'UnreadableAnswer' : code || 'unknown';
}
