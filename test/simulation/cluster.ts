import { z } from 'zod';
import { ALLOW_SWEEP, FINALIZER, RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { readSpec } from '../../src/listener/schema/spec.ts';
import type { ApiRequest } from '../../src/runtime/kubernetes/api-transport.ts';
import { objectPath } from '../../src/runtime/kubernetes/resource-type.ts';
import { type KubeObject, type ObjectKey, objectKey, splitKey } from '../../src/runtime/object.ts';
import { ApiServer } from './api-server/api-server.ts';
import type { Backup, Change } from './api-server/history.ts';
import {
  ALB_LISTENERS,
  CONFIG_MAPS,
  DEFINITIONS,
  NAMESPACES,
  type Resource,
  SECRETS,
} from './api-server/resources.ts';
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

/** A change of an object, and who made it. */
export interface ClusterChange extends Change {
  readonly by: 'user' | 'operator';
}

/** The last one is that of a user who means harm. */
export const ROGUE_NAMESPACE = 'rogue';
export const NAMESPACE_NAMES = ['shop', 'lab', ROGUE_NAMESPACE] as const;
export const IDS = objectKey('shop', 'ids');
/** Whoever is named there leads, in histories with an election. */
export const LEASE = objectKey('operators', 'alb-listener-operator');
const DEFINITION = objectKey(undefined, `${PLURAL}.${GROUP}`);
const CLEANUPS = new Set([NAMESPACES.cleanup, DEFINITIONS.cleanup]);

const configMapData = z.object({ data: z.record(z.string(), z.string()) });

/** The cluster as people and the rest of Kubernetes deal with it. What they ask for takes effect at once. */
export class Cluster {
  readonly server: ApiServer;
  /** The UIDs of objects that were deleted only because their namespace or their CRD was. */
  readonly swept = new Set<string>();
  /** Requests for such paths are not answered. */
  silentPath: RegExp | undefined;
  #backup: { readonly backup: Backup; readonly at: number } | undefined;
  #byUser = false;
  readonly #timeline: Timeline;

  constructor(timeline: Timeline, chance: Chance) {
    this.#timeline = timeline;
    this.server = new ApiServer({ clock: timeline, random: chance });
    for (const name of ['kube-system', ...NAMESPACE_NAMES, splitKey(LEASE).namespace])
      this.#post(NAMESPACES, objectKey(undefined, name), {});
    this.#post(DEFINITIONS, DEFINITION, { spec: { group: GROUP } });
    this.#compactAfter(timeline, 0);
  }

  /** As the real one does: what was there two intervals ago is forgotten. */
  #compactAfter(timeline: Timeline, version: number): void {
    timeline.schedule(COMPACTION_MS, () => {
      this.server.compact(version);
      this.#compactAfter(timeline, this.server.versions.newest);
    });
  }

  /** Calls back with every change, while it is made. */
  follow(watcher: (change: ClusterChange) => void): void {
    this.server.follow((change) => watcher({ ...change, by: this.#byUser ? 'user' : 'operator' }));
  }

  backUp(): void {
    this.#backup = { backup: this.server.backup(), at: this.#timeline.monotonic() };
  }

  /** Goes back to the last backup, if there is one and it is not older than that. Returns how old it is. */
  restore(longestMs: number): number | undefined {
    if (this.#backup === undefined) return undefined;
    const age = this.#timeline.monotonic() - this.#backup.at;
    if (age > longestMs) return undefined;
    this.server.restore(this.#backup.backup);
    return age;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.server.read(ALB_LISTENERS, key);
  }

  /** False when it is there already, or not welcome. */
  create(key: ObjectKey, spec: object, metadata: object = {}): boolean {
    // The model of the API server knows no schemas.
    const reading = readSpec(spec);
    if (!reading.ok) throw new Error(`${key} is declared wrongly: ${JSON.stringify(reading.problems)}`);
    return this.#post(ALB_LISTENERS, key, { spec }, metadata);
  }

  /** Fields of the spec; `null` removes one. False when there is nothing to edit or nothing changes. */
  edit(key: ObjectKey, patch: object): boolean {
    const before = this.get(key);
    if (before === undefined || before.metadata.deletionTimestamp !== undefined) return false;
    return this.#merge(key, { spec: patch });
  }

  delete(key: ObjectKey): boolean {
    const before = this.get(key);
    if (before === undefined || before.metadata.deletionTimestamp !== undefined) return false;
    // A restored backup may have taken a sweep back. This deletion is of the object itself.
    this.swept.delete(before.metadata.uid);
    return this.#send({ method: 'DELETE', path: pathOf(ALB_LISTENERS, key) });
  }

  request(key: ObjectKey, value: string): boolean {
    return this.annotate(key, { [RECONCILE_REQUEST]: value });
  }

  allowSweep(key: ObjectKey): boolean {
    return this.annotate(key, { [ALLOW_SWEEP]: 'true' });
  }

  wipeStatus(key: ObjectKey): boolean {
    const path = `${pathOf(ALB_LISTENERS, key)}/status`;
    return this.#send({ method: 'PATCH', path, contentType: MERGE_PATCH, body: { status: null } });
  }

  /** A status of a user's own making. */
  writeStatus(key: ObjectKey, status: object): boolean {
    const path = `${pathOf(ALB_LISTENERS, key)}/status`;
    return this.#send({ method: 'PATCH', path, contentType: MERGE_PATCH, body: { status } });
  }

  annotate(key: ObjectKey, annotations: Readonly<Record<string, string>>): boolean {
    return this.#merge(key, { metadata: { annotations } });
  }

  /** Somebody removes every finalizer by force. */
  tearOut(key: ObjectKey): boolean {
    const before = this.get(key);
    if (before?.metadata.finalizers?.includes(FINALIZER) !== true) return false;
    return this.#merge(key, { metadata: { finalizers: null } });
  }

  /** The ids that another tool has made. */
  get ids(): Readonly<Record<string, string>> {
    return configMapData.safeParse(this.server.read(CONFIG_MAPS, IDS)).data?.data ?? {};
  }

  /** `undefined` removes the ConfigMap. */
  setIds(ids: Readonly<Record<string, string>> | undefined): boolean {
    const path = pathOf(CONFIG_MAPS, IDS);
    if (ids === undefined) return this.#send({ method: 'DELETE', path });
    return (
      this.#post(CONFIG_MAPS, IDS, { data: ids }) ||
      this.#send({ method: 'PUT', path, body: { ...headOf(CONFIG_MAPS, IDS), data: ids } })
    );
  }

  hasSecret(key: ObjectKey): boolean {
    return this.server.read(SECRETS, key) !== undefined;
  }

  /** `undefined` removes the Secret. */
  setSecret(key: ObjectKey, data: Readonly<Record<string, string>> | undefined): boolean {
    const path = pathOf(SECRETS, key);
    if (data === undefined) return this.#send({ method: 'DELETE', path });
    return (
      this.#post(SECRETS, key, { data }) ||
      this.#send({ method: 'PUT', path, body: { ...headOf(SECRETS, key), data } })
    );
  }

  isBeingSwept(key: ObjectKey): boolean {
    const scopes = [
      this.server.read(NAMESPACES, objectKey(undefined, splitKey(key).namespace)),
      this.server.read(DEFINITIONS, DEFINITION),
    ];
    return scopes.some((scope) => scope?.metadata.deletionTimestamp !== undefined);
  }

  /** Somebody deletes a namespace, and with it everything in it. */
  sweepNamespace(name: (typeof NAMESPACE_NAMES)[number], keys: readonly ObjectKey[]): boolean {
    const asked = this.#send({ method: 'DELETE', path: pathOf(NAMESPACES, objectKey(undefined, name)) });
    for (const key of keys) if (splitKey(key).namespace === name) this.#sweep(key);
    return asked;
  }

  /** Somebody deletes the CRD, and with it all objects of the kind. */
  sweepDefinition(keys: readonly ObjectKey[]): boolean {
    const asked = this.#send({ method: 'DELETE', path: pathOf(DEFINITIONS, DEFINITION) });
    for (const key of keys) this.#sweep(key);
    return asked;
  }

  #sweep(key: ObjectKey): void {
    const uid = this.get(key)?.metadata.uid;
    if (this.delete(key) && uid !== undefined) this.swept.add(uid);
  }

  /** What a sweep has emptied goes, and somebody makes it anew. */
  endSweeps(keys: readonly ObjectKey[]): void {
    for (const name of NAMESPACE_NAMES) {
      this.#endSweep(
        NAMESPACES,
        objectKey(undefined, name),
        keys.filter((key) => splitKey(key).namespace === name),
        {},
      );
    }
    this.#endSweep(DEFINITIONS, DEFINITION, keys, { spec: { group: GROUP } });
  }

  #endSweep(resource: Resource, scope: ObjectKey, inside: readonly ObjectKey[], body: object): void {
    const object = this.server.read(resource, scope);
    if (object?.metadata.deletionTimestamp === undefined) return;
    if (inside.some((key) => this.get(key) !== undefined)) return;
    const finalizers = object.metadata.finalizers?.filter((finalizer) => !CLEANUPS.has(finalizer)) ?? [];
    const metadata = { finalizers: finalizers.length === 0 ? null : finalizers };
    this.#send({
      method: 'PATCH',
      path: pathOf(resource, scope),
      contentType: MERGE_PATCH,
      body: { metadata },
    });
    this.#post(resource, scope, body);
  }

  #post(resource: Resource, key: ObjectKey, content: object, metadata: object = {}): boolean {
    const collection = pathOf(resource, key).split('/').slice(0, -1).join('/');
    const body = { ...headOf(resource, key, metadata), ...content };
    return this.#send({ method: 'POST', path: collection, body });
  }

  #merge(key: ObjectKey, body: object): boolean {
    return this.#send({ method: 'PATCH', path: pathOf(ALB_LISTENERS, key), contentType: MERGE_PATCH, body });
  }

  /** Whether anything changed. */
  #send(request: ApiRequest): boolean {
    const before = this.server.versions.newest;
    this.#byUser = true;
    const answer = this.server.handle(request);
    this.#byUser = false;
    return answer.ok && this.server.versions.newest > before;
  }
}

/** Shorter than the five minutes of the real one, for no history is long. A stale list is at most twice as old. */
const COMPACTION_MS = 50_000;
const MERGE_PATCH = 'application/merge-patch+json';

function pathOf(resource: Resource, key: ObjectKey): string {
  return objectPath(resource.type, key);
}

function headOf(resource: Resource, key: ObjectKey, metadata: object = {}): object {
  const { namespace, name } = splitKey(key);
  return {
    kind: resource === ALB_LISTENERS ? KIND : resource.kind,
    apiVersion: resource === ALB_LISTENERS ? `${GROUP}/${VERSION}` : resource.type.version,
    metadata: { ...metadata, name, ...(namespace !== '' && { namespace }) },
  };
}
