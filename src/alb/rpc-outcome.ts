import { z } from 'zod';
import type { AlbError, Outcome } from './error.ts';
import { classify } from './error-classes.ts';
import type { Redactor } from './redact.ts';

/** The longest wait a header can ask for: a mistaken one must not stop an operator for a day. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

const exchange = z.object({
  response: z.object({ statusCode: z.int(), headers: z.record(z.string(), z.unknown()) }),
});

const reply = z.tuple([z.unknown(), exchange]);

const successBody = z.object({ RequestId: z.string().regex(/^[\w-]{1,128}$/) });

/**
 * What pop-core resolved with. It counts every JSON without an error code as success, whatever its HTTP status and
 * content.
 */
export function judgeReply(operation: string, received: unknown, redact: Redactor): Outcome<unknown> {
  const [body, { response }] = reply.parse(received);
  const { statusCode } = response;
  const seen = { httpStatus: statusCode, ...retryAfter(response.headers) };
  if (statusCode < 200 || statusCode > 299) {
    return noAnswer(operation, 'UnexpectedStatus', `HTTP ${statusCode} came without an error code.`, seen);
  }
  const success = successBody.safeParse(body);
  if (!success.success) {
    return noAnswer(operation, 'UnexpectedAnswer', 'The answer has no RequestId.', seen);
  }
  return { outcome: 'yes', value: body, requestId: redact(success.data.RequestId) };
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
  { timedOut, redact }: { readonly timedOut: boolean; readonly redact: Redactor },
): Outcome<never> {
  const coded = codedError.safeParse(thrown);
  if (coded.success) return judgeCode(operation, coded.data, redact);

  const { name, code } = systemError.parse(thrown);
  if (timedOut || name === 'RequestTimeoutError') {
    return noAnswer(operation, 'Timeout', 'No complete answer came in time.');
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return noAnswer(operation, 'ConnectionReset', 'The connection was cut before the answer was complete.');
  }
  // The parser of HTTP has codes; the parser of JSON rejects with a plain object that has a name only.
  if (code === '' || code.startsWith('HPE_')) {
    return noAnswer(
      operation,
      'UnreadableAnswer',
      'The answer is not JSON; a proxy or a gateway may have sent it.',
    );
  }
  return noAnswer(operation, 'ConnectionFailed', redact(`The connection failed with ${code}.`));
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
  message: string,
  seen: Pick<AlbError, 'httpStatus' | 'retryAfterMs' | 'requestId'> = {},
): { outcome: 'unknown'; error: AlbError } {
  return { outcome: 'unknown', error: { class: 'unavailable', operation, code, message, ...seen } };
}

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
