import type { IncomingMessage } from 'node:http';
import type { WireParameters } from '../parameters.ts';

/** A request as the gateway reads it: parameters may come in the query, in a form, or in both. */
export interface RpcRequest {
  readonly method: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Query and form together. */
  readonly parameters: WireParameters;
}

const bodyLimit = 1024 * 1024;

/** Undefined when the body is too large. */
export async function readRequest(message: IncomingMessage): Promise<RpcRequest | undefined> {
  const body = await readBody(message);
  if (body === undefined) return undefined;
  const url = new URL(message.url ?? '/', 'http://simulator');
  const headers = new Map(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
  const query = new Map(url.searchParams);
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false;
  const form = new Map(new URLSearchParams(isForm ? body.toString() : ''));
  return {
    method: message.method ?? 'GET',
    path: url.pathname,
    query,
    headers,
    body,
    parameters: Object.fromEntries([...query, ...form]),
  };
}

export async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of message) {
    if (!(chunk instanceof Uint8Array)) return undefined;
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
