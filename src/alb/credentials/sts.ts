import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { z } from 'zod';
import { type EndpointResult, endpointFromUrl, type Network } from '../endpoints.ts';
import { redactorOf } from '../redact.ts';
import { Credentials } from './credentials.ts';
import type { CredentialsProblem } from './provider.ts';
import type { OidcRoleSource } from './source.ts';

const API_VERSION = '2015-04-01';
const TIMEOUT_MS = 10_000;
const LIFETIME_S = 3600;

/** The STS endpoint of a region whose ALB endpoint is good. */
export function stsEndpointOf(region: string, network: Network): string {
  return network === 'vpc' ? `https://sts-vpc.${region}.aliyuncs.com` : `https://sts.${region}.aliyuncs.com`;
}

/** An STS endpoint given as a URL. The token goes there as it is, so without TLS only to this machine. */
export function stsEndpointFromUrl(text: string): EndpointResult {
  const result = endpointFromUrl(text);
  if (!result.ok) {
    return {
      ok: false,
      problem: 'This is not a bare URL: write scheme, host and port, like https://sts.example.com.',
    };
  }
  const { protocol, hostname } = new URL(result.endpoint);
  if (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return result;
  return { ok: false, problem: 'The token would go over the network in the clear: use https.' };
}

const issued = z.object({
  RequestId: z.string(),
  Credentials: z.object({
    AccessKeyId: z.string().regex(/^[\x21-\x7e]+$/),
    AccessKeySecret: z.string().regex(/^[\x21-\x7e]+$/),
    SecurityToken: z.string().regex(/^[\x21-\x7e]+$/),
    Expiration: z.iso.datetime().transform(Date.parse),
  }),
});

const refusal = z.object({
  Code: z.string().min(1),
  Message: z.string().catch(''),
  RequestId: z.string().catch(''),
});

export type Assumed =
  | {
      readonly ok: true;
      readonly credentials: Credentials;
      /** Milliseconds since 1970. */
      readonly expiration: number;
    }
  | { readonly ok: false; readonly problem: CredentialsProblem };

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
}): Promise<Assumed> {
  const redact = redactorOf([token]);
  try {
    const response = await request(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        Action: 'AssumeRoleWithOIDC',
        Version: API_VERSION,
        Format: 'JSON',
        Timestamp: `${new Date(now).toISOString().slice(0, 19)}Z`,
        SignatureNonce: randomUUID(),
        RoleArn: source.roleArn,
        OIDCProviderArn: source.oidcProviderArn,
        OIDCToken: token,
        RoleSessionName: source.roleSessionName,
        DurationSeconds: String(LIFETIME_S),
      }).toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = JSON.parse(await response.body.text());
    const success = issued.safeParse(body);
    if (response.statusCode === 200 && success.success) {
      const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = success.data.Credentials;
      return {
        ok: true,
        credentials: new Credentials(AccessKeyId, AccessKeySecret, SecurityToken),
        expiration: Expiration,
      };
    }
    const refused = refusal.safeParse(body);
    if (!refused.success) return unavailable(`STS answered with HTTP ${response.statusCode} and no code.`);
    const { Code, Message, RequestId } = refused.data;
    // Whether it passes by itself is told by the status: a refusal of the token, the role or the provider is 4xx.
    const passes = response.statusCode >= 500 || Code.startsWith('Throttling');
    return {
      ok: false,
      problem: {
        class: passes ? 'unavailable' : 'authentication',
        code: redact(Code, 128),
        message: `STS gave no key for ${source.roleArn}: ${redact(Message)}`,
        ...(RequestId === '' ? {} : { requestId: redact(RequestId, 128) }),
      },
    };
  } catch {
    // What was thrown may quote the answer, and with it the key.
    return unavailable('STS gave no readable answer in time.');
  }
}

function unavailable(message: string): Assumed {
  return { ok: false, problem: { class: 'unavailable', code: 'StsUnavailable', message } };
}
