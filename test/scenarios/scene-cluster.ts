import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { z } from 'zod';
import { RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import type { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';
import { manifest } from '../support/full-manifests.ts';
import { isReady, parseListener, reasonOf, type StoredListener } from '../support/operator-world.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const LOOK_EVERY_MS = 40;

const eventList = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      reason: z.string(),
      note: z.string(),
      eventTime: z.string(),
      regarding: z.object({ name: z.string().optional() }),
    }),
  ),
});
type SceneEvent = z.infer<typeof eventList>['items'][number];

/** One namespace, as its users see it. They write with kubectl; the many looks go straight to the API server. */
export class SceneCluster {
  readonly namespace: string;
  readonly #controlPlane: Pick<ControlPlane, 'kubectl'>;
  readonly #transport: Transport;
  #requests = 0;

  constructor(namespace: string, controlPlane: Pick<ControlPlane, 'kubectl'>, transport: Transport) {
    this.namespace = namespace;
    this.#controlPlane = controlPlane;
    this.#transport = transport;
  }

  async open(): Promise<void> {
    await this.kubectl('create', 'namespace', this.namespace);
  }

  /** Runs kubectl in the namespace; throws what it complains about. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.#kubectl(args);
  }

  /** The same with something to read for `-f -`. */
  async kubectlWith(input: string, ...args: readonly string[]): Promise<string> {
    return this.#kubectl(args, input);
  }

  async apply(name: string, spec: object, metadata: object = {}): Promise<void> {
    const object = manifest(name, spec);
    await this.#kubectl(
      ['apply', '-f', '-'],
      stringify({ ...object, metadata: { ...object.metadata, ...metadata } }),
    );
  }

  /** What kubectl says when the API server does not take the manifest. */
  async refusal(name: string, spec: object): Promise<string> {
    return this.apply(name, spec).then(
      () => '',
      (error: unknown) => String(error),
    );
  }

  /** Creates an object of any kind. */
  async create(object: object): Promise<void> {
    await this.#kubectl(['create', '-f', '-'], JSON.stringify(object));
  }

  /** Creates many AlbListeners, specs by name, with one kubectl. */
  async createAll(specs: Readonly<Record<string, object>>, metadata: object = {}): Promise<void> {
    const items = Object.entries(specs).map(([name, spec]) => {
      const object = manifest(name, spec);
      return { ...object, metadata: { ...object.metadata, ...metadata } };
    });
    await this.create({ apiVersion: 'v1', kind: 'List', items });
  }

  /** Sets the data of a ConfigMap. */
  async configMap(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
    await this.#kubectl(['apply', '-f', '-'], stringify(object));
  }

  /** Asks for deletion; does not wait for it. */
  async delete(...names: readonly string[]): Promise<void> {
    await this.kubectl('delete', 'alblistener', ...names, '--wait=false');
  }

  async annotate(name: string, key: string, value: string): Promise<void> {
    await this.kubectl('annotate', '--overwrite', 'alblistener', name, `${key}=${value}`);
  }

  /** Changes some fields of the spec; null removes one. */
  async edit(name: string, changes: object): Promise<void> {
    await this.kubectl('patch', 'alblistener', name, '--type=merge', '-p', JSON.stringify({ spec: changes }));
  }

  /** Asks the operator to look now, and waits until it says that it has. */
  async lookedAt(name: string): Promise<StoredListener> {
    this.#requests += 1;
    const request = `request ${this.#requests}`;
    await this.annotate(name, RECONCILE_REQUEST, request);
    return this.until(name, ({ status }) => status['handledReconcileAt'] === request);
  }

  /** All objects of the namespace. */
  async list(): Promise<readonly StoredListener[]> {
    const path = `/apis/${GROUP}/${VERSION}/namespaces/${this.namespace}/${PLURAL}`;
    const answer = await this.#transport.request({ method: 'GET', path });
    if (!answer.ok) throw new Error(answer.error.message);
    return z
      .object({ items: z.array(z.unknown()) })
      .parse(answer.body)
      .items.map(parseListener);
  }

  async get(name: string): Promise<StoredListener | undefined> {
    const path = `/apis/${GROUP}/${VERSION}/namespaces/${this.namespace}/${PLURAL}/${name}`;
    const answer = await this.#transport.request({ method: 'GET', path });
    if (answer.ok) return parseListener(answer.body);
    if (answer.error.kind === 'notFound') return undefined;
    throw new Error(`${name}: ${answer.error.message}`);
  }

  /** Waits until the object satisfies `holds`, and returns it. Fails with the object as it then is. */
  async until(name: string, holds: (listener: StoredListener) => boolean): Promise<StoredListener> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const listener = await this.get(name);
      if (listener !== undefined && holds(listener)) return listener;
      if (performance.now() > deadline) {
        throw new Error(
          `${this.namespace}/${name}, not within ${PATIENCE_MS} ms: ${holds.toString()}\n${describe(listener)}`,
        );
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  untilReady(name: string): Promise<StoredListener> {
    return this.until(name, isReady);
  }

  /** Until that is said of the manifest as it is now. */
  untilReason(name: string, reason: string): Promise<StoredListener> {
    return this.until(
      name,
      (listener) =>
        reasonOf(listener) === reason && listener.status.observedGeneration === listener.metadata.generation,
    );
  }

  async untilGone(name: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const listener = await this.get(name);
      if (listener === undefined) return;
      if (performance.now() > deadline) {
        throw new Error(`${this.namespace}/${name} is still there: ${describe(listener)}`);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** What was told of an object so far, oldest first. */
  async events(name: string): Promise<readonly SceneEvent[]> {
    const path = `/apis/events.k8s.io/v1/namespaces/${this.namespace}/events`;
    const answer = await this.#transport.request({ method: 'GET', path });
    if (!answer.ok) throw new Error(answer.error.message);
    return eventList
      .parse(answer.body)
      .items.filter(({ regarding }) => regarding.name === name)
      .toSorted((a, b) => (a.eventTime < b.eventTime ? -1 : 1));
  }

  async #kubectl(args: readonly string[], input = ''): Promise<string> {
    const result = await this.#controlPlane.kubectl([`--namespace=${this.namespace}`, ...args], { input });
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  }
}

/** What a person reads about the object. */
export function messageOf({ status }: StoredListener): string {
  return status.conditions.find(({ type }) => type === 'Ready')?.message ?? '';
}

function describe(listener: StoredListener | undefined): string {
  const { generation } = listener?.metadata ?? {};
  return JSON.stringify({ generation, spec: listener?.spec, status: listener?.status }, null, 2);
}
