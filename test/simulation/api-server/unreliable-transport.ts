import { type Clock, sleep } from '../../../src/runtime/clock.ts';
import { type ApiAnswer, failure } from '../../../src/runtime/kubernetes/api-answer.ts';
import {
  type ApiRequest,
  type ApiTransport,
  DEFAULT_DEADLINE_MS,
  type WatchRequest,
} from '../../../src/runtime/kubernetes/api-transport.ts';
import type { ApiServer } from './api-server.ts';
import type { ApiFaults, Loss } from './faults.ts';
import { answerOf, statusObject } from './refusal.ts';

/** Where a step waits for the scheduler: before it reaches the server, before its answer or event is read. */
export type Gate = 'request' | 'answer' | 'event';

export interface UnreliableTransportOptions {
  readonly server: ApiServer;
  readonly faults: ApiFaults;
  readonly clock: Clock;
  /** Resolves when the scheduler lets the step go on. It may never, when the process that waits has died. */
  readonly pass: (gate: Gate) => Promise<void>;
}

/** The API server as one process reaches it over a network, with the answers that the real transport would give. */
export class UnreliableTransport implements ApiTransport {
  readonly #options: UnreliableTransportOptions;

  constructor(options: UnreliableTransportOptions) {
    this.#options = options;
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    const { server, faults, pass } = this.#options;
    const { starts } = server;
    const isList = request.query?.['limit'] !== undefined && request.query['continue'] === undefined;
    const fault = isList ? faults.forList() : faults.forRequest();
    await pass('request');
    if (request.signal?.aborted) return GIVEN_UP;
    if (server.starts !== starts) return CUT;
    if (fault !== undefined && fault !== 'stale') return this.#struck(fault, request);
    const answer = server.handle(fault === 'stale' ? this.#stale(request) : request);
    await pass('answer');
    if (request.signal?.aborted) return GIVEN_UP;
    return server.starts === starts ? answer : CUT;
  }

  async *watch(request: WatchRequest): AsyncGenerator<ApiAnswer, void> {
    const { server, faults, clock, pass } = this.#options;
    const { signal } = request;
    const { starts } = server;
    const atFirst = faults.forRequest();
    await pass('request');
    if (server.starts !== starts) {
      yield CUT;
      return;
    }
    if (atFirst !== undefined) {
      yield await this.#struck(atFirst, { method: 'GET', ...request });
      return;
    }
    for await (const answer of server.watch(request)) {
      const fault = faults.forEvent();
      if (fault === 'late') await sleep(clock, LATE_MS, signal);
      if (fault === 'silent') await sleep(clock, SILENCE_NOTICED_MS, signal);
      await pass('event');
      if (signal.aborted) {
        yield GIVEN_UP;
        return;
      }
      switch (fault) {
        case 'ended':
          return;
        case 'cut':
          yield CUT;
          return;
        case 'silent':
          yield NO_ANSWER;
          return;
        case 'expired':
          yield { ok: true, body: { type: 'ERROR', object: statusObject(EXPIRED) } };
          return;
        case 'twice':
          yield answer;
          yield answer;
          break;
        case 'late':
        case undefined:
          yield answer;
      }
    }
  }

  /** What a client gets in place of the answer. */
  async #struck(fault: Loss, request: ApiRequest): Promise<ApiAnswer> {
    const { server, clock, pass } = this.#options;
    const { takesEffect, isSilent, answer } = LOSSES[fault];
    if (takesEffect) server.handle(request);
    if (isSilent) await sleep(clock, request.deadlineMs ?? DEFAULT_DEADLINE_MS, request.signal);
    await pass('answer');
    return request.signal?.aborted ? GIVEN_UP : answer;
  }

  /** The same list, but of the state at some earlier version. */
  #stale(request: ApiRequest): ApiRequest {
    const { server, faults } = this.#options;
    const resourceVersion = String(faults.version(server.versions));
    return { ...request, query: { ...request.query, resourceVersion, resourceVersionMatch: 'Exact' } };
  }
}

const LATE_MS = 5000;
/** How long the real transport takes to find that a watch was cut silently. */
const SILENCE_NOTICED_MS = 45_000;
const RETRY_AFTER_MS = 1000;
const EXPIRED = { reason: 'Expired', message: 'too old resource version' } as const;
const CUT = failure('connection', 'the connection to the API server failed: ECONNRESET');
const NO_ANSWER = failure('timeout', 'the API server did not answer in time');
const GIVEN_UP = failure('aborted', 'the request was given up');
const UNAVAILABLE = answerOf({ reason: 'ServiceUnavailable', message: 'starting up' });
const TOO_LATE = answerOf({ reason: 'Timeout', message: 'the store did not answer in time' });
const THROTTLED = answerOf({ reason: 'TooManyRequests', message: 'too many requests' }, RETRY_AFTER_MS);
const GARBLED = failure('malformed', 'the API server sent something that is not JSON');

interface WhatIsLost {
  readonly takesEffect: boolean;
  /** Whether the client hears nothing until its deadline. */
  readonly isSilent: boolean;
  readonly answer: ApiAnswer;
}

const LOSSES: Readonly<Record<Loss, WhatIsLost>> = {
  cutBefore: { takesEffect: false, isSilent: false, answer: CUT },
  cutAfter: { takesEffect: true, isSilent: false, answer: CUT },
  silentBefore: { takesEffect: false, isSilent: true, answer: NO_ANSWER },
  silentAfter: { takesEffect: true, isSilent: true, answer: NO_ANSWER },
  garbled: { takesEffect: true, isSilent: false, answer: GARBLED },
  throttled: { takesEffect: false, isSilent: false, answer: THROTTLED },
  unavailable: { takesEffect: false, isSilent: false, answer: UNAVAILABLE },
  unavailableAfter: { takesEffect: true, isSilent: false, answer: TOO_LATE },
};
