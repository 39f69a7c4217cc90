import type { ApiError } from './api-error.ts';

export type ApiAnswer =
  | {
      readonly ok: true;
      readonly body: unknown;
      /** The length of the answer; absent for a line of a watch. */
      readonly bytes?: number;
    }
  | { readonly ok: false; readonly error: ApiError };

export function failure(
  kind: 'timeout' | 'connection' | 'credentials' | 'malformed' | 'tooLarge' | 'aborted',
  message: string,
  code?: string,
): ApiAnswer {
  return { ok: false, error: { kind, message, ...(code !== undefined && { code }) } };
}

export function parseJson(text: string): ApiAnswer {
  try {
    const body: unknown = JSON.parse(text);
    return { ok: true, body };
  } catch {
    return failure('malformed', `the API server sent ${text.length} characters that are not JSON`);
  }
}

/** How long the server asked to wait before the request is sent again. */
export function askedToWait(answer: ApiAnswer): number | undefined {
  if (answer.ok) return undefined;
  const { error } = answer;
  return error.kind === 'throttled' || error.kind === 'unavailable' ? error.retryAfterMs : undefined;
}

/** The milliseconds of a Retry-After header: seconds, or an HTTP date. */
export function parseRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
