import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/**
 * What follows the name of a secret where nothing was taken out. Finds signatures and tokens too that are made anew for
 * each request and so cannot be looked for by their value.
 */
const NAMED = [
  /(?:signature|security-?token|access-?key-?secret)(?:=|%(?:25)*3d)(?!\[redacted\])[^\s"']/i,
  /\b(?:bearer|basic)(?:\s|%20)+[\w.~+/=-]{8,}/i,
];

/** Looks for secrets, in whatever form they may have come out. */
export class SecretSearch {
  readonly #forms: readonly { readonly secret: string; readonly form: string }[];

  constructor(secrets: readonly string[]) {
    const distinct = [...new Set(secrets)].filter((secret) => secret !== '');
    this.#forms = distinct.flatMap((secret) => formsOf(secret).map((form) => ({ secret, form })));
  }

  /** One entry for each secret that is in the text: the place, and how the secret begins. */
  leaksIn(place: string, text: string): readonly string[] {
    const found = this.#forms.filter(({ form }) => text.includes(form));
    const told = new Set(found.map(({ secret }) => `${place}: ${secret.slice(0, 8)}…`));
    const named = NAMED.flatMap((pattern) => pattern.exec(text)?.[0].slice(0, 20) ?? []);
    return [...told, ...named.map((begin) => `${place}: ${begin}…`)];
  }
}

/** As it is, percent-encoded once and twice, inside JSON, in hexadecimal, and inside base64 that begins anywhere. */
function formsOf(secret: string): readonly string[] {
  const once = encodeURIComponent(secret);
  const base64 = [0, 1, 2].map((offset) => insideBase64(secret, offset));
  const forms = [
    secret,
    once,
    encodeURIComponent(once),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(forms)];
}

/** The characters of base64 that stand for the secret alone when so many bytes (modulo 3) come before it. */
function insideBase64(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

const kubeconfig = z.looseObject({
  users: z.array(
    z.looseObject({
      user: z.looseObject({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        password: z.string().optional(),
        'client-key-data': z.string().optional(),
        'client-key': z.string().optional(),
      }),
    }),
  ),
});

/** Every token, password and private key by which a kubeconfig is let in. */
export async function secretsOfKubeconfig(path: string): Promise<readonly string[]> {
  const { users } = kubeconfig.parse(parse(await readFile(path, 'utf8')));
  const found = users.map(async ({ user }) => {
    const tokens = [user.token, user.tokenFile && (await readFile(user.tokenFile, 'utf8'))];
    const keyData = user['client-key-data'] ?? '';
    const keyFile = user['client-key'];
    const key =
      keyFile === undefined ? Buffer.from(keyData, 'base64').toString() : await readFile(keyFile, 'utf8');
    return [...tokens.flatMap(partsOfToken), user.password ?? '', keyData, ...linesOfKey(key)];
  });
  return (await Promise.all(found)).flat();
}

/** What counts of a JWT is its signature. */
function partsOfToken(token: string | undefined): readonly string[] {
  const whole = (token ?? '').trim();
  return [whole, ...whole.split('.').slice(2)];
}

/** The lines of a PEM between its first and its last, each of which may come out alone. */
function linesOfKey(pem: string): readonly string[] {
  return pem.split('\n').filter((line) => /^[\w+/=]{40,}$/.test(line));
}
