import http from 'node:http';
import https from 'node:https';
import PopCore from '@alicloud/pop-core';
import type { Credentials } from './credentials/credentials.ts';
import type { Outcome } from './error.ts';
import type { Redactor } from './redact.ts';
import { judgeRejection, judgeReply } from './rpc-outcome.ts';
import type { CallTarget } from './unanswered.ts';

/**
 * One signed request to an API of the cloud. It never rejects and repeats nothing. `yes` means: HTTP 2xx, JSON, no error
 * code and a RequestId; whether the body keeps the operation's promise is the caller's to check.
 */
export type Rpc = (
  operation: string,
  parameters: Readonly<Record<string, string>>,
) => Promise<Outcome<unknown>>;

interface RpcOptions {
  readonly target: CallTarget;
  /** As a date. */
  readonly apiVersion: string;
  readonly credentials: Credentials;
  /** Milliseconds from the start of a call to the end of its answer. */
  readonly timeoutMs: number;
  readonly redact: Redactor;
}

/** Answers with body and exchange instead of the body alone. The typings lack the constructor's parameter for it. */
class VerbosePopCore extends PopCore {
  readonly verbose = true;
}

export function createRpc({ target, apiVersion, credentials, timeoutMs, redact }: RpcOptions): Rpc {
  const { endpoint } = target;
  const securityToken = credentials.securityToken();
  const client = new VerbosePopCore({
    endpoint,
    apiVersion,
    accessKeyId: credentials.accessKeyId(),
    accessKeySecret: credentials.accessKeySecret(),
    ...(securityToken === undefined ? {} : { securityToken }),
    opts: {
      // Only in capitals does it make a form body; everything else puts token and signature in the URL.
      method: 'POST',
      // A connection for each call. The server may close an idle one at the moment it is used again, and the call
      // then ends in a reset that looks like any other: a create of unknown outcome for nothing. At the API's 200
      // calls a minute a handshake costs less than that; TLS sessions are still resumed.
      agent: endpoint.startsWith('https:')
        ? new https.Agent({ keepAlive: false })
        : new http.Agent({ keepAlive: false }),
      // The first is also the longest silence on the socket, so a shorter one would cut slow answers.
      connectTimeout: timeoutMs,
      readTimeout: timeoutMs,
    },
  });

  return async (operation, parameters) => {
    // The two timeouts above follow one another, and neither closes the socket of a body that only trickles.
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const reply = await client.request<unknown>(operation, parameters, {
        beforeRequest: (request: object) => ({ ...request, signal }),
      });
      return judgeReply(operation, reply, { target, redact });
    } catch (thrown: unknown) {
      return judgeRejection(operation, thrown, { timedOut: signal.aborted, target, redact });
    }
  };
}
