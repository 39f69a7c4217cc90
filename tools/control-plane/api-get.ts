import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';

const answerWithinMs = 5000;

/** Resolves with the JSON at a path of the API server; rejects on anything but HTTP 200. */
export type ApiGet = (path: string) => Promise<unknown>;

export function createApiGet(url: string, certificateFile: string, token: string): ApiGet {
  const dispatcher = new Agent({ connect: { ca: readFileSync(certificateFile) } });
  return async (path) => {
    const answer = await request(`${url}${path}`, {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (answer.statusCode === 200) return answer.body.json();
    throw new Error(`${path} was answered with ${answer.statusCode}: ${await answer.body.text()}`);
  };
}
