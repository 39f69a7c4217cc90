import type { Sweep } from '../listener/ports.ts';
import { ALLOW_SWEEP } from '../listener/resource.ts';
import { GROUP, PLURAL, VERSION } from '../listener/schema/resource.ts';
import type { ApiTransport } from '../runtime/kubernetes/api-transport.ts';
import { ResourceClient } from '../runtime/kubernetes/resource-client.ts';
import type { Logger } from '../runtime/log.ts';
import { type KubeObject, keyOf, objectKey } from '../runtime/object.ts';

/** What takes all objects in it along when it is deleted. */
type Scope = Extract<Sweep['of'], 'namespace' | 'definition'>;

/** What the API server says about a scope. */
type Finding =
  | { readonly scope: Scope; readonly is: 'sweeping' | 'kept' | 'allowing' }
  | { readonly scope: Scope; readonly is: 'unknown'; readonly message: string };

const DEFINITION = `${PLURAL}.${GROUP}`;
const OBJECT: Sweep = { of: 'object' };

/**
 * Tells whether somebody deleted an object, or its namespace or the CRD, which delete all objects in them.
 *
 * A scope that was deleted in the same second as the object or before it is taken to be the cause: nothing tells who
 * asked, and to ask once too often harms nobody. Where a scope may not be read, the guard is not there for it; that
 * is logged once.
 *
 * The object is read, too, after the scopes: a cache that lags shows a deletion that a restore of etcd has undone, and of a
 * held one the reason to hold it is undone as well.
 */
export class DeletionGuard {
  readonly #clients: Readonly<Record<Scope, ResourceClient>>;
  readonly #listeners: ResourceClient;
  readonly #logger: Logger;
  readonly #blind = new Set<Scope>();

  constructor(transport: ApiTransport, logger: Logger) {
    const read = (group: string, plural: string, version = 'v1') =>
      new ResourceClient(transport, { group, version, plural }, { form: 'metadata' });
    this.#clients = {
      namespace: read('', 'namespaces'),
      definition: read('apiextensions.k8s.io', 'customresourcedefinitions'),
    };
    this.#listeners = read(GROUP, PLURAL, VERSION);
    this.#logger = logger;
  }

  async sweep(object: KubeObject): Promise<Sweep> {
    const sweep = allows(object) ? OBJECT : await this.#scopeOf(object);
    return sweep.of === 'object' ? this.#confirmed(object) : sweep;
  }

  async #scopeOf(object: KubeObject): Promise<Sweep> {
    const findings = await Promise.all([
      this.#look(object, 'definition', DEFINITION),
      this.#look(object, 'namespace', object.metadata.namespace ?? ''),
    ]);
    if (findings.some(({ is }) => is === 'allowing')) return OBJECT;
    for (const finding of findings) {
      if (finding.is === 'unknown') return { of: 'unknown', message: finding.message };
    }
    return { of: findings.find(({ is }) => is === 'sweeping')?.scope ?? 'object' };
  }

  /** Whether the deletion that the cache shows is the one that the API server holds now. */
  async #confirmed(object: KubeObject): Promise<Sweep> {
    const now = await this.#listeners.get(keyOf(object));
    if (now.outcome === 'failed') return { of: 'unknown', message: now.error.message };
    const { uid, deletionTimestamp } = now.outcome === 'found' ? now.object.metadata : {};
    const isSame = uid === object.metadata.uid && deletionTimestamp === object.metadata.deletionTimestamp;
    if (isSame) return OBJECT;
    return { of: 'unknown', message: 'the API server holds no such deletion any more.' };
  }

  async #look({ metadata }: KubeObject, scope: Scope, name: string): Promise<Finding> {
    const answer = await this.#clients[scope].get(objectKey(undefined, name));
    switch (answer.outcome) {
      case 'found': {
        if (allows(answer.object)) return { scope, is: 'allowing' };
        const isSweeping = isNotAfter(answer.object.metadata.deletionTimestamp, metadata.deletionTimestamp);
        return { scope, is: isSweeping ? 'sweeping' : 'kept' };
      }
      case 'notFound':
        return { scope, is: 'kept' };
      case 'failed':
        if (answer.error.kind !== 'forbidden') return { scope, is: 'unknown', message: answer.error.message };
        this.#sayBlind(scope, answer.error.message);
        return { scope, is: 'kept' };
    }
  }

  #sayBlind(scope: Scope, message: string): void {
    if (this.#blind.has(scope)) return;
    this.#blind.add(scope);
    this.#logger.warn(
      { scope, error: message },
      'the deletion guard is off: without the right to read it, its deletion deletes listeners unasked',
    );
  }
}

function allows({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[ALLOW_SWEEP] === 'true';
}

/** Times of the API server, whole seconds in UTC, so their texts are in the order of time. */
function isNotAfter(time: string | undefined, other: string | undefined): boolean {
  return time !== undefined && other !== undefined && time <= other;
}
