import { inspect } from 'node:util';

/**
 * An access key, and the STS token if it is a temporary one. Nothing that prints, serialises, spreads or clones
 * this object sees the secrets: only the three methods give them.
 */
export class Credentials {
  readonly #accessKeyId: string;
  readonly #accessKeySecret: string;
  readonly #securityToken: string | undefined;

  constructor(accessKeyId: string, accessKeySecret: string, securityToken?: string) {
    this.#accessKeyId = accessKeyId;
    this.#accessKeySecret = accessKeySecret;
    this.#securityToken = securityToken;
  }

  accessKeyId(): string {
    return this.#accessKeyId;
  }

  accessKeySecret(): string {
    return this.#accessKeySecret;
  }

  securityToken(): string | undefined {
    return this.#securityToken;
  }

  toJSON(): string {
    return this.#description();
  }

  toString(): string {
    return this.#description();
  }

  [inspect.custom](): string {
    return this.#description();
  }

  #description(): string {
    return this.#securityToken === undefined ? '[access key]' : '[temporary access key]';
  }
}

type CredentialsResult =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly problem: string };

const ID = 'ALIBABA_CLOUD_ACCESS_KEY_ID';
const SECRET = 'ALIBABA_CLOUD_ACCESS_KEY_SECRET';
const TOKEN = 'ALIBABA_CLOUD_SECURITY_TOKEN';

/**
 * Reads the three variables every Alibaba Cloud tool reads. White space around a value is ignored: a secret made
 * from a file often ends in a line break. An empty variable counts as not set.
 */
export function credentialsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): CredentialsResult {
  const id = environment[ID]?.trim() ?? '';
  const secret = environment[SECRET]?.trim() ?? '';
  const token = environment[TOKEN]?.trim() ?? '';

  const missing = [...(id === '' ? [ID] : []), ...(secret === '' ? [SECRET] : [])];
  if (missing.length > 0) {
    return {
      ok: false,
      problem: `No credentials for Alibaba Cloud: set ${missing.join(' and ')} (and ${TOKEN} for a temporary key).`,
    };
  }
  for (const [name, value] of [
    [ID, id],
    [SECRET, secret],
    [TOKEN, token],
  ] as const) {
    // Anything else cannot be part of a key; a value with a line break or a quote in it was pasted wrongly.
    if (!/^[\x21-\x7e]*$/.test(value)) {
      return {
        ok: false,
        problem: `${name} holds white space or a character outside ASCII: set it to the bare value.`,
      };
    }
  }
  return {
    ok: true,
    credentials: token === '' ? new Credentials(id, secret) : new Credentials(id, secret, token),
  };
}
