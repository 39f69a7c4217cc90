import type { ApiAnswer } from '../../../src/runtime/kubernetes/api-answer.ts';
import { errorFromAnswer } from '../../../src/runtime/kubernetes/api-error.ts';

/** The `Status` objects with which the API server refuses, each with its HTTP status. */
const REFUSALS = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  BadRequest: 400,
  Forbidden: 403,
  Expired: 410,
  TooManyRequests: 429,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type RefusalReason = keyof typeof REFUSALS;

export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** What a client makes of the refusal; `retryAfterMs` stands for the header. */
export function answerOf({ reason, message }: Refusal, retryAfterMs?: number): ApiAnswer {
  const body = statusObject({ reason, message });
  return { ok: false, error: errorFromAnswer(REFUSALS[reason], body, retryAfterMs) };
}

export function statusObject({ reason, message }: Refusal): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code: REFUSALS[reason] };
}
