import type { Credentials } from './credentials/credentials.ts';

/** Makes text from anywhere fit to be shown: one line, no secret, at most `maximum` characters. */
export type Redactor = (text: string, maximum?: number) => string;

const MAXIMUM = 512;
const MARK = '[redacted]';

/**
 * Messages of the cloud are untrusted: a gateway may echo the request, and a proxy in between may write anything.
 * In this order, since a cut or an invisible character must not hide half a secret from the next step:
 *
 * 1. Invisible characters go, control characters become spaces, and runs of spaces become one.
 * 2. The access key id, the secret and the STS token go, also when percent-encoded (SignatureDoesNotMatch echoes
 *    the string to sign, encoded twice) or escaped for HTML or JSON.
 * 3. The value after any name that carries a secret goes, whatever it is: this catches a token that the sender cut.
 * 4. The query of every URL goes.
 * 5. What is left is cut to `maximum`.
 */
export function redactorOf(secrets: readonly string[]): Redactor {
  // The longest first: one secret may contain another.
  const patterns = secrets.toSorted((a, b) => b.length - a.length).map(anyEncodingOf);
  return (text, maximum = MAXIMUM) => {
    let clean = text
      .toWellFormed()
      .replaceAll(/\p{Cf}/gu, '')
      .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
      .replaceAll(/ {2,}/g, ' ')
      .trim();
    for (const pattern of patterns) clean = clean.replaceAll(pattern, MARK);
    clean = clean
      .replaceAll(NAMED_SECRET, (_match, name: string) => `${name}=${MARK}`)
      .replaceAll(/https?:\/\/[^\s"'<>]*/gi, withoutQuery);
    return clean.length <= maximum ? clean : `${clean.slice(0, maximum - 1).toWellFormed()}…`;
  };
}

/** `redactorOf` for one set of credentials. */
export function createRedactor(credentials: Credentials): Redactor {
  return redactorOf(secretsOf(credentials));
}

/** How many sets of credentials are remembered: an answer may be late, but not by eight rotations. */
const REMEMBERED = 8;

/** Takes out every key that was in use lately: keys rotate, and an answer may echo the one before. */
export class RedactionMemory {
  readonly #learnt: Credentials[] = [];
  #redactor = redactorOf([]);

  readonly redact: Redactor = (text, maximum) => this.#redactor(text, maximum);

  learn(credentials: Credentials): void {
    if (this.#learnt.includes(credentials)) return;
    this.#learnt.push(credentials);
    if (this.#learnt.length > REMEMBERED) this.#learnt.shift();
    this.#redactor = redactorOf(this.#learnt.flatMap(secretsOf));
  }
}

function secretsOf(credentials: Credentials): string[] {
  return [credentials.accessKeyId(), credentials.accessKeySecret(), credentials.securityToken()].filter(
    (secret) => secret !== undefined,
  );
}

function withoutQuery(url: string): string {
  const [address = '', ...query] = url.split('?', 2);
  return query.length === 0 ? url : `${address}?${MARK}`;
}

/** `=` and `:`, plain or percent-encoded any number of times, with or without quotes around name and value; an authorization with its scheme. */
const NAMED_SECRET =
  /(access-?key-?id|access-?key-?secret|security-?token|signature|authorization)(?:["'\\]|&quot;)*\s*(?:[=:]|%(?:25)*3[Da])\s*(?:["'\\]|&quot;)*(?:(?:bearer|basic)(?:\s|%20|\+)+)?[^\s"'<>&]+/gi;

function anyEncodingOf(secret: string): RegExp {
  const pattern = Array.from(secret, (character) =>
    /[A-Za-z0-9]/.test(character) ? character : anyEncodingOfMark(character),
  );
  return new RegExp(pattern.join(''), 'gi');
}

function anyEncodingOfMark(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16).padStart(2, '0');
  const unicode = `u${hex.padStart(4, '0')}`;
  return `(?:\\\\?\\${unicode}|%(?:25)*${hex}|&#0*${code};|&#x0*${hex};|\\\\${unicode})`;
}
