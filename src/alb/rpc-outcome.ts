import { z } from 'zod';
import type { AlbError, Outcome } from './error.ts';
import { classify } from './error-classes.ts';
import type { Redactor } from './redact.ts';
import { type CallTarget, type Silence, unanswered } from './unanswered.ts';

/** The longest wait a header can ask for: a mistaken one must not stop an operator for a day. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

const exchange = z.object({
  response: z.object({ statusCode: z.int(), headers: z.record(z.string(), z.unknown()) }),
});

const reply = z.tuple([z.unknown(), exchange]);

const successBody = z.object({ RequestId: z.string().regex(/^[\w-]{1,128}$/) });

/** What a judgement needs to know of the call. */
export interface Judged {
  readonly target: CallTarget;
  readonly redact: Redactor;
}

/**
 * What pop-core resolved with. It counts every JSON without an error code as success, whatever its HTTP status and
 * content.
 */
export function judgeReply(operation: string, received: unknown, judged: Judged): Outcome<unknown> {
  const [body, { response }] = reply.parse(received);
  const { statusCode } = response;
  const seen = { httpStatus: statusCode, ...retryAfter(response.headers) };
  if (statusCode < 200 || statusCode > 299) {
    const cause = `HTTP ${statusCode} came without an error code`;
    return silence(operation, { code: 'UnexpectedStatus', cause }, judged, seen);
  }
  const success = successBody.safeParse(body);
  if (!success.success) {
    return silence(
      operation,
      { code: 'UnexpectedAnswer', cause: 'the answer has no RequestId' },
      judged,
      seen,
    );
  }
  return { outcome: 'yes', value: body, requestId: judged.redact(success.data.RequestId) };
}

/** An error of pop-core that came with a code from the cloud. */
const codedError = z.object({
  data: z.object({
    Code: z.union([z.string(), z.number()]).transform(String),
    Message: z.string().catch(''),
    RequestId: z.string().catch(''),
  }),
  entry: exchange,
});

/** What pop-core rejected with, in any of its forms. */
export function judgeRejection(
  operation: string,
  thrown: unknown,
  { timedOut, ...judged }: Judged & { readonly timedOut: boolean },
): Outcome<never> {
  const coded = codedError.safeParse(thrown);
  if (coded.success) return judgeCode(operation, coded.data, judged.redact);

  const { name, code } = systemError.parse(thrown);
  if (timedOut || name === 'RequestTimeoutError') {
    return silence(operation, { code: 'Timeout' }, judged);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return silence(operation, { code: 'ConnectionReset' }, judged);
  }
  // The parser of HTTP has codes; the parser of JSON rejects with a plain object that has a name only.
  if (code === '' || code.startsWith('HPE_')) {
    return silence(operation, { code: 'UnreadableAnswer' }, judged);
  }
  return noAnswer(operation, 'ConnectionFailed', unanswered(judged.target, { code }, judged.redact));
}

function silence(
  operation: string,
  of: Silence,
  { target, redact }: Judged,
  seen: Seen = {},
): { outcome: 'unknown'; error: AlbError } {
  return noAnswer(operation, of.code, { ...unanswered(target, of, redact), ...seen });
}

function judgeCode(
  operation: string,
  { data, entry }: z.infer<typeof codedError>,
  redact: Redactor,
): Outcome<never> {
  const { statusCode, headers } = entry.response;
  const { class: errorClass, outcome } = classify(operation, data.Code, statusCode);
  const requestId = redact(data.RequestId, 128);
  const error: AlbError = {
    class: errorClass,
    operation,
    code: redact(data.Code, 128),
    message: redact(data.Message),
    ...(requestId === '' ? {} : { requestId }),
    httpStatus: statusCode,
    ...retryAfter(headers),
  };
  return { outcome, error };
}

/** Name and code are all that is taken: messages and the rejected text repeat the body or the URL. */
const systemError = z
  .object({ name: z.string().catch(''), code: z.string().catch('') })
  .catch({ name: '', code: '' });

/** No answer that proves anything: the call may have taken effect. */
export function noAnswer(
  operation: string,
  code: string,
  said: Pick<AlbError, 'message' | 'unansweredBy'> & Seen,
): { outcome: 'unknown'; error: AlbError } {
  return { outcome: 'unknown', error: { class: 'unavailable', operation, code, ...said } };
}

type Seen = Pick<AlbError, 'httpStatus' | 'retryAfterMs' | 'requestId'>;

/** `x-acs-retry-after` is in milliseconds and the cloud's own; `Retry-After` in seconds comes from proxies too. */
function retryAfter(headers: Readonly<Record<string, unknown>>): Pick<AlbError, 'retryAfterMs'> {
  const ms = wholeNumber(headers['x-acs-retry-after']) ?? wholeNumber(headers['retry-after'], 1000);
  return ms === undefined ? {} : { retryAfterMs: Math.min(ms, LONGEST_RETRY_AFTER_MS) };
}

function wholeNumber(header: unknown, unit = 1): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) * unit : undefined;
}

/** Nothing left this process, so nothing can have happened. */
export function notSent(operation: string, problem: string): { outcome: 'no'; error: AlbError } {
  return {
    outcome: 'no',
    error: {
      class: 'invalidParameter',
      operation,
      code: 'NotSent',
      message: problem,
      notSent: true,
    },
  };
}
