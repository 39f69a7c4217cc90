import { Credentials } from './credentials.ts';

/** The parts of a key, as files and as keys of a Secret. */
export const KEY_PARTS = ['accessKeyId', 'accessKeySecret', 'securityToken'] as const;

type KeyPart = (typeof KEY_PARTS)[number];

export type KeyReading =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly part: KeyPart; readonly problem: string };

/** A key from its parts; white space around them is the editor's. Without a token it is a lasting one. */
export function keyFrom(partOf: (name: KeyPart) => string | undefined): KeyReading {
  const [id, secret, token] = KEY_PARTS.map((name) => partOf(name)?.trim() ?? '');
  if (id === undefined || id === '') return missing('accessKeyId');
  if (secret === undefined || secret === '') return missing('accessKeySecret');
  const odd = KEY_PARTS.find((_name, index) => !/^[\x21-\x7e]*$/.test([id, secret, token][index] ?? ''));
  if (odd !== undefined)
    return { ok: false, part: odd, problem: 'holds white space or a character outside ASCII' };
  return { ok: true, credentials: new Credentials(id, secret, token === '' ? undefined : token) };
}

function missing(part: KeyPart): KeyReading {
  return { ok: false, part, problem: 'is missing or empty' };
}
