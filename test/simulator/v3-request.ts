import { createHash, createHmac } from 'node:crypto';

export interface V3Call {
  readonly endpoint: string;
  readonly action: string;
  /** Of the API; that of ALB is the default. */
  readonly version?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly accessKeyId?: string;
  readonly secret?: string;
  readonly securityToken?: string;
  readonly nonce?: string;
  readonly date?: Date;
  /** Headers to leave unsigned. */
  readonly unsigned?: readonly string[];
  readonly signal?: AbortSignal;
  /** What is really sent, in place of the form that was signed. */
  readonly tampered?: string;
}

export interface V3Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A call signed with ACS3-HMAC-SHA256, written from the description of the signature and nothing else. */
export async function callV3(call: V3Call): Promise<V3Answer> {
  const url = new URL(call.endpoint);
  const form = call.form === undefined ? '' : query(call.form);
  const bodyHash = sha256(form);
  const headers: Record<string, string> = {
    host: url.host,
    'x-acs-action': call.action,
    'x-acs-version': call.version ?? '2020-06-16',
    'x-acs-date': (call.date ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z'),
    'x-acs-signature-nonce': call.nonce ?? crypto.randomUUID(),
    'x-acs-content-sha256': bodyHash,
    ...(call.form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(call.securityToken !== undefined && { 'x-acs-security-token': call.securityToken }),
  };
  const signed = Object.keys(headers)
    .filter((name) => !call.unsigned?.includes(name))
    .sort();
  const search = query(call.query ?? {});
  const canonical = [
    'POST',
    '/',
    search,
    signed.map((name) => `${name}:${headers[name]}\n`).join(''),
    signed.join(';'),
    bodyHash,
  ].join('\n');
  const signature = createHmac('sha256', call.secret ?? 'simulator-secret')
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const { host: _, ...sent } = headers;
  const response = await fetch(`${call.endpoint}/?${search}`, {
    method: 'POST',
    headers: {
      ...sent,
      authorization: `ACS3-HMAC-SHA256 Credential=${call.accessKeyId ?? 'simulator'},SignedHeaders=${signed.join(';')},Signature=${signature}`,
    },
    ...(call.signal !== undefined && { signal: call.signal }),
    ...(form !== '' && { body: call.tampered ?? form }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function query(parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');
}

function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((letter) =>
      /[A-Za-z0-9\-_.~]/.test(letter)
        ? letter
        : `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
