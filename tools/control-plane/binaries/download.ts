import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { duration } from '../../duration.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Context } from './way.ts';

// A machine without a way out must find out soon: many of them drop packets instead of refusing them.
const answerWithinMs = 5000;
const archiveWithinMs = 15 * 60_000;

/** Honours HTTPS_PROXY and NO_PROXY. To be destroyed after use. */
export function downloadAgent(): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({ connect: { timeout: answerWithinMs }, bodyTimeout: 30_000 });
}

/** A small text; gives up within seconds. */
export async function fetchText(url: string, dispatcher: EnvHttpProxyAgent): Promise<string> {
  const answer = await fetch(url, { dispatcher, signal: AbortSignal.timeout(answerWithinMs) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

/** Answers the hash of what was written. Tells how much that is. */
export async function download(
  url: string,
  file: string,
  algorithm: 'sha256' | 'sha512',
  dispatcher: EnvHttpProxyAgent,
  context: Context,
): Promise<string> {
  const signal = AbortSignal.any([AbortSignal.timeout(archiveWithinMs), context.signal]);
  const hash = createHash(algorithm);
  let bytes = 0;
  let size: number | undefined;
  const line = (elapsedMs: number): string => {
    const of = size === undefined ? '' : ` of ${megabytes(size)}`;
    return `Downloading: ${megabytes(bytes)}${of} MB, ${duration(elapsedMs)} so far`;
  };
  await withHeartbeat(context, line, async () => {
    const answer = await fetch(url, { dispatcher, signal });
    if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
    const length = answer.headers.get('content-length');
    if (length !== null) size = Number(length);
    await pipeline(
      answer.body,
      async function* hashed(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(file),
    );
  });
  return hash.digest('hex');
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
