import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { GROUP, KIND, VERSION } from '../../src/listener/schema/resource.ts';
import { type OperatorWorld, parseListener, reasonOf, type StoredListener } from './operator-world.ts';
import { PATIENCE_MS } from './patience.ts';
import { OPERATOR } from './shipped-access.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';

/** Someone with the right to write AlbListeners in one namespace, and no other right. */
export class Tenant {
  readonly #world: OperatorWorld;
  readonly #namespace: string;

  private constructor(world: OperatorWorld, namespace: string) {
    this.#world = world;
    this.#namespace = namespace;
  }

  /** Makes the namespace. */
  static async of(world: OperatorWorld, namespace: string): Promise<Tenant> {
    const created = await world.controlPlane.kubectl(['create', 'namespace', namespace]);
    if (created.code !== 0) throw new Error(created.stderr);
    return new Tenant(world, namespace);
  }

  async apply(name: string, spec: object, metadata: object = {}): Promise<void> {
    const object = { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, metadata: { name, ...metadata }, spec };
    await this.#kubectl(['apply', '-f', '-'], stringify(object));
  }

  /** What the API server says when it refuses the edit; `undefined` when it takes it. */
  async edit(name: string, spec: object): Promise<string | undefined> {
    const patch = JSON.stringify({ spec });
    const args = ['-n', this.#namespace, 'patch', 'alblistener', name, '--type=merge', '-p', patch];
    const { code, stderr } = await this.#world.controlPlane.kubectl(args);
    return code === 0 ? undefined : stderr;
  }

  async get(name: string): Promise<StoredListener | undefined> {
    const args = ['-n', this.#namespace, 'get', 'alblistener', name, '-o', 'json'];
    const { code, stdout } = await this.#world.controlPlane.kubectl(args);
    return code === 0 ? parseListener(JSON.parse(stdout)) : undefined;
  }

  /** Waits until the object says the reason for the manifest as it is. */
  async untilReason(name: string, reason: string): Promise<StoredListener> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const object = await this.get(name);
      const isCurrent = object?.status.observedGeneration === object?.metadata.generation;
      if (object !== undefined && isCurrent && reasonOf(object) === reason) return object;
      if (performance.now() > deadline)
        throw new Error(`${this.#namespace}/${name} is not ${reason}: ${JSON.stringify(object?.status)}`);
      await sleep(50);
    }
  }

  /** Writes a Secret, and the Role by which the operator may read it. */
  async applySecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
    const operator = { kind: 'ServiceAccount', name: OPERATOR, namespace: OPERATOR };
    const objects = [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData },
      {
        apiVersion: RBAC,
        kind: 'Role',
        metadata: { name },
        rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get'] }],
      },
      {
        apiVersion: RBAC,
        kind: 'RoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [operator],
      },
    ];
    await this.#kubectl(['apply', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
  }

  async removeSecret(name: string): Promise<void> {
    await this.#kubectl(['delete', 'secret', name]);
  }

  /** The reasons of the events about the object. */
  async eventsOf(name: string): Promise<readonly string[]> {
    const selector = `--field-selector=involvedObject.name=${name}`;
    const events = await this.#kubectl(['get', 'events', selector, '-o', 'jsonpath={.items[*].reason}']);
    return events.split(' ');
  }

  /** Deletes the object and waits until it is gone. */
  async remove(name: string): Promise<void> {
    await this.#kubectl(['delete', 'alblistener', name, '--timeout=120s']);
  }

  async #kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.#world.controlPlane.kubectl(
      ['-n', this.#namespace, ...args],
      input === undefined ? {} : { input },
    );
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}
