import { z } from 'zod';
import { HOME_ACCOUNT } from './home-account.ts';
import type { DeepReadonly } from './readonly.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Settings } from './settings.ts';

/** What is remembered of a call with a ClientToken. Tokens belong to the account, so the access key plays no part. */
export const tokenSchema = z.strictObject({
  accountId: z.string().default(HOME_ACCOUNT),
  action: z.string(),
  token: z.string(),
  at: z.number(),
  /** The parameters of the first call. */
  parameters: z.record(z.string(), z.string()),
  answer: z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), body: z.record(z.string(), z.unknown()) }),
    z.strictObject({
      ok: z.literal(false),
      refusal: z.strictObject({ status: z.int(), code: z.string(), message: z.string() }),
    }),
  ]),
  /** The listener that a create made. */
  listenerId: z.string().nullable(),
});

export type TokenRecord = DeepReadonly<z.infer<typeof tokenSchema>>;

/** What a call with a token gets: to run, an error, or the first answer again. */
export type TokenVerdict =
  | { readonly kind: 'run' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'replay'; readonly answer: TokenRecord['answer'] };

/** A token means something to one operation in one account only. */
export function tokenKey(accountId: string, action: string, token: string): string {
  return `${accountId}/${action}/${token}`;
}

/** Remembers a first answer, and forgets what is too old to be replayed. */
export function rememberToken(
  tokens: Map<string, TokenRecord>,
  record: TokenRecord,
  settings: Settings,
): void {
  for (const [key, old] of tokens) {
    if (record.at - old.at < settings.tokenLifetimeMs) break;
    tokens.delete(key);
  }
  const key = tokenKey(record.accountId, record.action, record.token);
  // Deleted first, so that the map stays in the order of time.
  tokens.delete(key);
  tokens.set(key, record);
}

/** Tokens of calls that have arrived and not been performed: of two at the same time, the second finds it taken. */
export class TokensInFlight {
  readonly #keys = new Set<string>();

  claim(
    accountId: string,
    action: string,
    token: string | undefined,
  ): { readonly taken: boolean; readonly release: () => void } {
    const key = token === undefined ? undefined : tokenKey(accountId, action, token);
    const taken = key !== undefined && this.#keys.has(key);
    let held = key !== undefined && !taken;
    if (held && key !== undefined) this.#keys.add(key);
    const release = () => {
      if (held && key !== undefined) this.#keys.delete(key);
      held = false;
    };
    return { taken, release };
  }
}

export function judgeToken(
  record: TokenRecord | undefined,
  call: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly now: number;
    readonly inFlight: boolean;
    readonly exists: (listenerId: string) => boolean;
  },
  settings: Settings,
): TokenVerdict {
  if (call.inFlight) return { kind: 'refuse', refusal: processing() };
  if (record === undefined) return { kind: 'run' };
  const age = call.now - record.at;
  if (age >= settings.tokenLifetimeMs) return { kind: 'run' };
  if (age < settings.tokenProcessingMs) return { kind: 'refuse', refusal: processing() };
  if (!sameParameters(record.parameters, call.parameters)) {
    return { kind: 'refuse', refusal: mismatch(settings) };
  }
  if (record.listenerId === null || call.exists(record.listenerId)) {
    return { kind: 'replay', answer: record.answer };
  }
  switch (settings.replayAfterDelete) {
    case 'replay':
      return { kind: 'replay', answer: record.answer };
    case 'create':
      return { kind: 'run' };
    case 'refuse':
      return { kind: 'refuse', refusal: mismatch(settings) };
  }
}

function processing(): Refusal {
  return refuse(400, 'IdempotenceProcessing', 'The previous request with this ClientToken is still running.');
}

function mismatch(settings: Settings): Refusal {
  return refuse(
    400,
    settings.tokenMismatchCode,
    'The request uses the same ClientToken as a previous, but non-identical request.',
  );
}

function sameParameters(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(first);
  return names.length === Object.keys(second).length && names.every((name) => first[name] === second[name]);
}
