import type { Credentials } from './credentials/credentials.ts';
import type { CredentialsProblem, CredentialsProvider } from './credentials/provider.ts';
import type { Outcome } from './error.ts';
import type { RedactionMemory } from './redact.ts';
import type { Rpc } from './rpc.ts';

interface SignedRpcOptions {
  readonly provider: CredentialsProvider;
  /** Learns every key before it is used. */
  readonly redaction: RedactionMemory;
  /** The carrier for one set of credentials. */
  readonly carrierOf: (credentials: Credentials) => Rpc;
  /** What speaks against a use of these credentials; nothing unless given. */
  readonly objection?: (credentials: Credentials) => Promise<CredentialsProblem | undefined>;
}

/**
 * Calls under whatever credentials are in force. When the cloud refuses them, newer ones are looked for once, and if
 * there are any the call goes out again under those: a refused call did nothing, so this holds for creations too.
 */
export function signedRpc({
  provider,
  redaction,
  carrierOf,
  objection = () => Promise.resolve(undefined),
}: SignedRpcOptions): Rpc {
  let last: { readonly credentials: Credentials; readonly rpc: Rpc } | undefined;
  const carrier = (credentials: Credentials): Rpc => {
    if (last?.credentials !== credentials) {
      redaction.learn(credentials);
      last = { credentials, rpc: carrierOf(credentials) };
    }
    return last.rpc;
  };
  const under =
    (credentials: Credentials): Rpc =>
    async (operation, parameters) => {
      const problem = await objection(credentials);
      return problem === undefined
        ? carrier(credentials)(operation, parameters)
        : unsigned(operation, problem);
    };
  return async (operation, parameters) => {
    const reading = await provider.current();
    if (!reading.ok) return unsigned(operation, reading.problem);
    const outcome = await under(reading.credentials)(operation, parameters);
    if (outcome.outcome !== 'no' || outcome.error.class !== 'authentication') return outcome;
    const renewed = await provider.renew(reading.credentials);
    if (!renewed.ok || renewed.credentials === reading.credentials) return outcome;
    return under(renewed.credentials)(operation, parameters);
  };
}

/** Nothing left this process. */
function unsigned(operation: string, problem: CredentialsProblem): Outcome<never> {
  return { outcome: 'no', error: { ...problem, operation, notSent: true } };
}
