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
