import type { ApiAnswer } from './api-answer.ts';

/**
 * A way to an API server: JSON in, JSON out, every failure a value. `Transport` is the one over HTTP.
 *
 * Guarantees: no method throws or rejects. A request ends by its deadline, a watch by its limit, both when their
 * signal aborts. A write is never repeated unless its repetition does nothing more: what failed with `timeout`,
 * `connection`, `malformed`, `aborted` or `unavailable` may have taken effect, and at most once.
 */
export interface ApiTransport {
  request(request: ApiRequest): Promise<ApiAnswer>;
  /**
   * The lines of a watch, each parsed. Ends without an error when the server ended the stream after a whole
   * line; any other end is one last element that is not ok.
   */
  watch(request: WatchRequest): AsyncGenerator<ApiAnswer, void>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ApiRequest {
  readonly method: Method;
  /** Below the server, already percent-encoded, for example `/api/v1/namespaces/default/configmaps`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body: `application/json`, or a patch type. */
  readonly contentType?: string;
  /** The media type to answer in; `application/json` unless given. */
  readonly accept?: string | undefined;
  /** A longer answer is not read to its end and fails with `tooLarge`. No limit unless given. */
  readonly maxBytes?: number | undefined;
  /** For everything: credentials, connecting, repeats, the whole answer. 30 s unless given. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface WatchRequest {
  readonly path: string;
  readonly query: Query;
  /** The media type to answer in; `application/json` unless given. */
  readonly accept?: string | undefined;
  /** When the watch ends at the latest; later than the end the query asks the server for. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

export type Query = Readonly<Record<string, string>>;

export const DEFAULT_DEADLINE_MS = 30_000;
