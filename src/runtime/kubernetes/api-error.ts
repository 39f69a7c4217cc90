import { z } from 'zod';

/**
 * Why a request to the API server did not succeed, as a value.
 *
 * The first group was answered by the server: the request changed nothing. After the second group it is
 * unknown whether a write took effect. No error carries a header, a token or a request body.
 */
export type ApiError =
  | {
      readonly kind: /** The object changed since it was read, or a precondition on its uid failed. */
        | 'conflict'
        | 'alreadyExists'
        | 'notFound'
        /** The resourceVersion or the continue token is too old (410), or unknown to this server: list again. */
        | 'expired'
        | 'unauthorized'
        | 'forbidden'
        /** The request as it stands is refused: validation, a failed JSON patch test, a bad query. */
        | 'invalid';
      readonly status: number;
      readonly reason: string;
      readonly message: string;
    }
  | {
      /** The server asked for fewer requests and did not look at this one. */
      readonly kind: 'throttled';
      readonly status: number;
      readonly reason: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  | {
      /** 5xx: the server or what stands before it could not do it now. */
      readonly kind: 'unavailable';
      readonly status: number;
      readonly reason: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  | {
      readonly kind: /** No complete answer within the deadline, or a silent watch. */
        | 'timeout'
        /** No connection, or it broke before the answer was complete. */
        | 'connection'
        /** The credentials could not be read or obtained; nothing was sent. */
        | 'credentials'
        /** The answer was not what the API promises. */
        | 'malformed'
        /** The answer is longer than the request allowed; the rest was not read. */
        | 'tooLarge'
        /** The caller's signal ended the request. */
        | 'aborted';
      readonly message: string;
      /** Of the system, of OpenSSL or of the HTTP client, where one of them failed: `ECONNREFUSED`. */
      readonly code?: string;
    };

const statusBody = z.looseObject({
  reason: z.string().optional(),
  message: z.string().optional(),
  code: z.number().optional(),
  details: z
    .looseObject({
      retryAfterSeconds: z.number().optional(),
      causes: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    })
    .optional(),
});

/** Reads the `Status` object inside an `ERROR` watch event; its code takes the place of the HTTP status. */
export function errorFromStatusObject(body: unknown): ApiError {
  const parsed = statusBody.safeParse(body);
  const code = parsed.success ? parsed.data.code : undefined;
  if (code === undefined)
    return { kind: 'malformed', message: 'the watch reported an error without a status code' };
  return errorFromAnswer(code, body);
}

/** Classifies an answer that is not 2xx. `retryAfter` is the header's value: seconds or an HTTP date. */
export function errorFromAnswer(status: number, body: unknown, retryAfterMs?: number): ApiError {
  const parsed = statusBody.safeParse(body);
  const details = parsed.success ? parsed.data : {};
  const reason = details.reason ?? '';
  const message = withoutTokens(details.message ?? `HTTP ${status}`)
    .slice(0, 1024)
    .toWellFormed();
  const answered = { status, reason, message };

  const causes = details.details?.causes ?? [];
  // After etcd was restored from a backup every resourceVersion we hold is from a future that never comes.
  if (causes.some((cause) => cause.reason === 'ResourceVersionTooLarge'))
    return { kind: 'expired', ...answered };

  const seconds = details.details?.retryAfterSeconds;
  const wait = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  const withWait = wait === undefined ? answered : { ...answered, retryAfterMs: withinReason(wait) };

  if (status === 429) return { kind: 'throttled', ...withWait };
  if (status >= 500) return { kind: 'unavailable', ...withWait };
  if (status === 410) return { kind: 'expired', ...answered };
  if (status === 409) return { kind: reason === 'AlreadyExists' ? 'alreadyExists' : 'conflict', ...answered };
  if (status === 404) return { kind: 'notFound', ...answered };
  if (status === 401) return { kind: 'unauthorized', ...answered };
  if (status === 403) return { kind: 'forbidden', ...answered };
  if (status >= 400) return { kind: 'invalid', ...answered };
  return { kind: 'malformed', message: `unexpected HTTP status ${status}` };
}

/**
 * The API server never repeats a token. A gateway before it may, that answers with the request it could not serve. By
 * their form, since no one here knows which token was sent: what follows the scheme, and what looks like a JWT.
 */
function withoutTokens(text: string): string {
  return text
    .replaceAll(/\b(bearer|basic)(\s|%20|\+)+[^\s"'<>,;]+/gi, '$1 [redacted]')
    .replaceAll(/\beyJ[\w-]{8,}\.[\w.-]*/g, '[redacted]');
}

const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * A server in need is given a pause, even where the time it names is over by our clock; and a mistaken header does not
 * stop an operator for a day.
 */
function withinReason(waitMs: number): number {
  return Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
}
