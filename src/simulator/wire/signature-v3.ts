import { createHash, createHmac } from 'node:crypto';
import { percentEncode } from './percent-encode.ts';

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface Authorization {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const scheme = 'ACS3-HMAC-SHA256';

/** Headers that a signature is worth nothing without. */
const indispensable = [
  'host',
  'x-acs-action',
  'x-acs-content-sha256',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-version',
];

export function isV3(authorization: string | undefined): authorization is string {
  return authorization?.startsWith(`${scheme} `) ?? false;
}

/** Undefined when the header is malformed or leaves an indispensable header unsigned. */
export function parseAuthorization(header: string): Authorization | undefined {
  const fields = new Map(
    header
      .slice(scheme.length + 1)
      .split(',')
      .map((field) => field.trim())
      .map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
  const accessKeyId = fields.get('Credential');
  const signature = fields.get('Signature');
  const signedHeaders = fields.get('SignedHeaders')?.split(';') ?? [];
  if (!accessKeyId || !signature) return undefined;
  if (!indispensable.every((name) => signedHeaders.includes(name))) return undefined;
  return { accessKeyId, signedHeaders, signature };
}

export function bodyHash(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

export function stringToSignV3(request: SignedRequest, signedHeaders: readonly string[]): string {
  const names = signedHeaders.toSorted();
  const canonicalQuery = [...request.query]
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .sort()
    .join('&');
  const canonical = [
    request.method,
    request.path,
    canonicalQuery,
    ...names.map((name) => `${name}:${(request.headers.get(name) ?? '').trim()}`),
    '',
    names.join(';'),
    request.headers.get('x-acs-content-sha256') ?? '',
  ].join('\n');
  return `${scheme}\n${createHash('sha256').update(canonical).digest('hex')}`;
}

export function signV3(request: SignedRequest, signedHeaders: readonly string[], secret: string): string {
  return createHmac('sha256', secret).update(stringToSignV3(request, signedHeaders)).digest('hex');
}
