import type { CredentialsProvider } from '../credentials/provider.ts';
import { RedactionMemory } from '../redact.ts';
import { createRpc, type Rpc } from '../rpc.ts';
import { signedRpc } from '../signed-rpc.ts';
import { stsTarget } from './endpoint.ts';
import { STS_API_VERSION, STS_TIMEOUT_MS } from './issued-key.ts';

/** Calls of STS that are signed with a key, as those of ALB are. */
export function signedSts(endpoint: string, provider: CredentialsProvider): Rpc {
  const redaction = new RedactionMemory();
  return signedRpc({
    provider,
    redaction,
    carrierOf: (credentials) =>
      createRpc({
        target: stsTarget(endpoint),
        apiVersion: STS_API_VERSION,
        credentials,
        timeoutMs: STS_TIMEOUT_MS,
        redact: redaction.redact,
      }),
  });
}
