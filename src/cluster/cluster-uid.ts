import type { ApiContact } from '../runtime/api-contact.ts';
import { Backoff } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import type { ApiTransport } from '../runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../runtime/kubernetes/resource-client.ts';
import type { Logger } from '../runtime/log.ts';
import { objectKey } from '../runtime/object.ts';
import type { Random } from '../runtime/random.ts';

/** The namespace that every cluster has, and that lives as long as the cluster. */
const NAMESPACE = 'kube-system';
const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces' };
const ASKED = { verb: 'get', type: NAMESPACES } as const;
const RETRY_BACKOFF = { baseMs: 1000, maxMs: 30_000 };

export interface ClusterUidParts {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly contact: ApiContact;
  readonly logger: Logger;
}

/**
 * The UID of the namespace kube-system, which tells this cluster from others that share an account.
 *
 * Read once at the start, and again for as long as the API server does not answer: a process that went on without it
 * would create listeners without the cluster tag. Where it may not be read, there is no cluster tag; that is logged.
 */
export class ClusterUid {
  readonly #client: ResourceClient;
  readonly #parts: ClusterUidParts;
  #value: string | undefined;

  constructor(parts: ClusterUidParts) {
    this.#parts = parts;
    this.#client = new ResourceClient(parts.transport, NAMESPACES);
  }

  /** `undefined` before it was read, and where it may not be. */
  get value(): string | undefined {
    return this.#value;
  }

  /** Ends when it was read, cannot be read, or the signal aborts. */
  async read(signal: AbortSignal): Promise<void> {
    const { clock, random, contact, logger } = this.#parts;
    const backoff = new Backoff(RETRY_BACKOFF, random);
    while (!signal.aborted) {
      const answer = await this.#client.get(objectKey(undefined, NAMESPACE));
      if (answer.outcome === 'found') {
        contact.succeeded(ASKED);
        this.#value = answer.object.metadata.uid;
        return;
      }
      if (answer.outcome === 'notFound' || answer.error.kind === 'forbidden') {
        const error = answer.outcome === 'notFound' ? 'there is no such namespace' : answer.error.message;
        logger.warn(
          { namespace: NAMESPACE, error },
          'the UID of the cluster is not known, so listeners get no cluster tag: grant get on the namespace kube-system',
        );
        return;
      }
      contact.failed(ASKED, answer.error, { namespace: NAMESPACE });
      await sleep(clock, backoff.next(), signal);
    }
  }
}
