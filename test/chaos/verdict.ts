import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Listener } from '../../src/simulator/listener.ts';
import { toCloudForm } from '../support/cloud-form.ts';
import { namespaceOf, OWNERSHIP_PREFIX, uidOf } from './owner.ts';
import { NAMESPACE, type Spec } from './users.ts';

const objectSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.int() }),
  status: z.object({
    phase: z.string().optional(),
    listenerId: z.string().optional(),
    conditions: z
      .array(
        z.object({ type: z.string(), status: z.string(), observedGeneration: z.int(), message: z.string() }),
      )
      .default([]),
  }),
});
const listSchema = z.object({ items: z.array(objectSchema) });

type StoredObject = z.infer<typeof objectSchema>;

/** What the cloud has where a manifest is silent. */
const DEFAULTS = { IdleTimeout: 15, RequestTimeout: 60, GzipEnabled: true };

/** What is not yet, or will never be, as the users wish. Empty when cluster and cloud are at their goal. */
export function notAsWished(
  wishes: ReadonlyMap<string, Spec>,
  objects: unknown,
  listeners: readonly Listener[],
): readonly string[] {
  const stored = new Map(listSchema.parse(objects).items.map((object) => [object.metadata.name, object]));
  const byId = new Map(listeners.map((listener) => [listener.ListenerId, listener]));
  const owners = new Set([...stored.values()].map(({ metadata }) => metadata.uid));
  const wished = [...wishes].flatMap(([name, spec]) => {
    const object = stored.get(name);
    if (object === undefined) return [`${name} does not exist.`];
    const listener = byId.get(object.status.listenerId ?? '');
    return [...troublesOf(object), ...differences(name, object, spec, listener)];
  });
  const unwished = [...stored.keys()]
    .filter((name) => !wishes.has(name))
    .map((name) => `${name} is still there.`);
  const orphans = listeners
    .filter((listener) => {
      const uid = uidOf(listener);
      return uid !== undefined && namespaceOf(listener) === NAMESPACE && !owners.has(uid);
    })
    .map(({ ListenerId }) => `Orphan: listener ${ListenerId} belongs to an object that is gone.`);
  return [...wished, ...unwished, ...orphans];
}

function troublesOf({ metadata, status }: StoredObject): readonly string[] {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True' && ready.observedGeneration === metadata.generation;
  return isReady && status.phase === 'Running'
    ? []
    : [`${metadata.name} is ${status.phase ?? 'unseen'}: ${ready?.message ?? 'no word yet'}`];
}

function differences(
  name: string,
  { metadata }: StoredObject,
  { listenerState: _, tags = [], ...declared }: Spec,
  listener: Listener | undefined,
): readonly string[] {
  if (listener === undefined) return [`${name} has no listener in the cloud.`];
  const actual = new Map<string, unknown>(Object.entries(listener));
  const expected = Object.entries({
    ...DEFAULTS,
    ...z.record(z.string(), z.unknown()).parse(toCloudForm(declared)),
  });
  const owner = uidOf(listener);
  const others = listener.Tags.filter(({ Key }) => !Key.startsWith(OWNERSHIP_PREFIX));
  return [
    ...(listener.ListenerStatus === 'Running'
      ? []
      : [`${name}: its listener is ${listener.ListenerStatus}.`]),
    ...(owner === metadata.uid ? [] : [`${name}: its listener carries the UID ${owner}.`]),
    ...(isDeepStrictEqual(others, toCloudForm(tags)) ? [] : [`${name}: tags are ${JSON.stringify(others)}.`]),
    ...expected
      .filter(([field, value]) => !isDeepStrictEqual(actual.get(field), value))
      .map(
        ([field, value]) =>
          `${name}: ${field} is ${JSON.stringify(actual.get(field))}, not ${JSON.stringify(value)}.`,
      ),
  ];
}
