import type { AlbError } from '../error.ts';
import type { Credentials } from './credentials.ts';

/** Gives the credentials to sign with. They may change at any time; none of its methods rejects. */
export interface CredentialsProvider {
  /** Those to use now. Ask before every call; it costs a network call only when there is nothing valid at hand. */
  current(): Promise<CredentialsReading>;
  /**
   * The cloud did not accept these: looks whether newer ones are there, or obtains some. Answers with what there is
   * then, which may be the same.
   */
  renew(refused: Credentials): Promise<CredentialsReading>;
  /** When those in use end, in milliseconds since 1970; `undefined` where nobody knows of an end. */
  readonly expiresAt?: number | undefined;
}

export type CredentialsReading =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly problem: CredentialsProblem };

/**
 * Why there is nothing to sign with, in words without secrets. `operation` is the call that was to bring a key; without
 * one, nothing was asked.
 */
export type CredentialsProblem = Omit<AlbError, 'operation' | 'notSent'> & { readonly operation?: string };

/** A key that was given once and never changes. */
export function fixedCredentials(credentials: Credentials): CredentialsProvider {
  const reading = Promise.resolve({ ok: true, credentials } as const);
  return { current: () => reading, renew: () => reading };
}
