import type { Outcome } from '../../src/alb/error.ts';
import type { Redactor } from '../../src/alb/redact.ts';
import { judgeRejection, judgeReply } from '../../src/alb/rpc-outcome.ts';
import type { Reply } from '../../src/simulator/reply.ts';

const TARGET = { service: 'ALB', endpoint: 'https://alb.example.com', regionId: undefined } as const;
const GIVEN_UP = { name: 'RequestTimeoutError' };

/** What the client of the real API makes of an answer: the same judgement, on what it would have received. */
export class CloudAnswers {
  readonly #redact: Redactor;

  constructor(redact: Redactor) {
    this.#redact = redact;
  }

  of(operation: string, reply: Reply): Outcome<unknown> {
    switch (reply.kind) {
      case 'silence':
        return this.timeout(operation);
      case 'body':
        return this.unreadable(operation);
      case 'answer': {
        const { answer } = reply;
        const { requestId } = answer;
        return answer.ok
          ? this.success(operation, { RequestId: requestId, ...answer.body })
          : this.refusal(operation, { ...answer.refusal, requestId });
      }
    }
  }

  success(operation: string, body: object): Outcome<unknown> {
    const received = [body, { response: { statusCode: 200, headers: {} } }];
    return judgeReply(operation, received, { target: TARGET, redact: this.#redact });
  }

  refusal(
    operation: string,
    given: {
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly requestId: string;
      readonly retryAfterMs?: number;
    },
  ): Outcome<unknown> {
    const headers =
      given.retryAfterMs === undefined ? {} : { 'x-acs-retry-after': String(given.retryAfterMs) };
    const data = { Code: given.code, Message: given.message, RequestId: given.requestId };
    const thrown = { data, entry: { response: { statusCode: given.status, headers } } };
    return this.#rejection(operation, thrown);
  }

  timeout(operation: string): Outcome<unknown> {
    return this.#rejection(operation, GIVEN_UP);
  }

  reset(operation: string): Outcome<unknown> {
    return this.#rejection(operation, { name: 'RequestError', code: 'ECONNRESET' });
  }

  unreadable(operation: string): Outcome<unknown> {
    return this.#rejection(operation, { name: 'FormatError' });
  }

  #rejection(operation: string, thrown: unknown): Outcome<unknown> {
    const timedOut = thrown === GIVEN_UP;
    return judgeRejection(operation, thrown, { timedOut, target: TARGET, redact: this.#redact });
  }
}
