import type { KubeObject } from '../../../src/runtime/object.ts';
import { apiVersionOf, CONFIG_MAPS, type Resource } from '../../simulation/api-server/resources.ts';
import type { Dice } from './dice.ts';

export const FINALIZERS = ['test.example.com/one', 'test.example.com/two', 'test.example.com/three'] as const;

const [ONE, TWO, THREE] = FINALIZERS;
type Lists = readonly [readonly string[], ...(readonly string[])[]];
const FINALIZER_LISTS: Lists = [[], [ONE], [ONE, TWO], [TWO, THREE]];
const LABELS = [{ 'a/b': 'c' }, { d: 'e' }, {}] as const;
const SPEC = {
  loadBalancerId: 'alb-one',
  listenerProtocol: 'HTTP',
  listenerPort: 80,
  defaultActions: [
    { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
  ],
};

/** A valid object, with things in it that a creation must ignore. */
export function randomManifest(dice: Dice, resource: Resource, name: string): object {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name,
      ...randomMetadata(dice),
      ...(dice.chance(0.1) && { uid: 'of-an-earlier-one' }),
      ...(resource.countsGenerations && dice.chance(0.1) && { generation: 7 }),
    },
    ...randomSpec(dice, resource),
    ...randomStatusField(dice, resource, 0.3),
  };
}

/** A state that was seen, edited. */
export function randomReplacement(dice: Dice, resource: Resource, seen: KubeObject): object {
  const { uid, resourceVersion, ...metadata } = seen.metadata;
  return {
    ...seen,
    metadata: {
      ...metadata,
      ...(dice.chance(0.9) && { resourceVersion }),
      ...(dice.chance(0.7) && { uid }),
      ...randomMetadata(dice),
    },
    ...(dice.chance(0.5) && randomSpec(dice, resource)),
    ...randomStatusField(dice, resource, 0.5),
  };
}

/** A merge patch made for a state that was seen, with or without preconditions. */
export function randomMergePatch(dice: Dice, resource: Resource, { metadata }: KubeObject): object {
  const { uid, resourceVersion } = metadata;
  return {
    metadata: {
      ...(dice.chance(0.3) && { resourceVersion }),
      ...(dice.chance(0.2) && { uid }),
      ...randomMetadata(dice),
      ...(dice.chance(0.1) && { labels: null }),
      ...(dice.chance(0.1) && { finalizers: null }),
    },
    ...(dice.chance(0.5) && randomSpec(dice, resource)),
    ...randomStatusField(dice, resource, 0.5),
    ...(resource.hasStatusPath && dice.chance(0.1) && { status: null }),
  };
}

/** One to three operations that often fail: on what is not there, or not as it was. */
export function randomJsonPatch(dice: Dice, resource: Resource, { metadata }: KubeObject): readonly object[] {
  const [field, value] =
    resource === CONFIG_MAPS
      ? ['/data/value', String(dice.below(3))]
      : ['/spec/idleTimeout', 20 + dice.below(3)];
  const { uid, resourceVersion, finalizers } = metadata;
  const operation = () =>
    dice.pick([
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'test', path: '/metadata/finalizers', value: finalizers ?? null },
      { op: 'test', path: '/metadata/finalizers/0', value: ONE },
      { op: 'add', path: '/metadata/finalizers', value: [dice.pick(FINALIZERS)] },
      { op: 'add', path: '/metadata/finalizers/-', value: dice.pick(FINALIZERS) },
      { op: 'add', path: '/metadata/finalizers/1', value: TWO },
      { op: 'remove', path: '/metadata/finalizers/0' },
      { op: 'replace', path: '/metadata/finalizers/0', value: THREE },
      { op: 'remove', path: '/metadata/labels' },
      { op: 'replace', path: '/metadata/labels/a~1b', value: 'replaced' },
      { op: 'add', path: '/metadata/labels/a~1b', value: 'added' },
      { op: 'test', path: field, value },
      { op: 'add', path: field, value },
      { op: 'replace', path: field, value },
      ...(resource.hasStatusPath ? statusOperations : []),
    ]);
  return Array.from({ length: 1 + dice.below(3) }, operation);
}

const statusOperations = [
  { op: 'test', path: '/status', value: null },
  { op: 'test', path: '/status/phase', value: null },
  { op: 'add', path: '/status/phase', value: 'Running' },
  { op: 'replace', path: '/status/phase', value: 'Pending' },
  { op: 'remove', path: '/status/phase' },
  { op: 'remove', path: '/status/observedGeneration' },
  { op: 'remove', path: '/status' },
  { op: 'add', path: '/status', value: { observedGeneration: 3 } },
] as const;

export function randomStatus(dice: Dice): object {
  return {
    ...(dice.chance(0.7) && { observedGeneration: dice.below(3) }),
    ...(dice.chance(0.5) && { phase: dice.pick(['Pending', 'Running']) }),
    ...(dice.chance(0.5) && { listenerId: dice.pick(['lsn-one', 'lsn-two']) }),
  };
}

export function randomDeleteOptions(dice: Dice, { metadata }: KubeObject): object {
  const { uid, resourceVersion } = metadata;
  const preconditions = {
    ...(dice.chance(0.4) && { uid }),
    ...(dice.chance(0.4) && { resourceVersion }),
  };
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
}

function randomMetadata(dice: Dice): object {
  return {
    ...(dice.chance(0.3) && { labels: dice.pick(LABELS) }),
    ...(dice.chance(0.4) && { finalizers: dice.pick(FINALIZER_LISTS) }),
  };
}

/** One of three, so that many writes change nothing. */
function randomSpec(dice: Dice, resource: Resource): object {
  const edit = dice.below(3);
  return resource === CONFIG_MAPS
    ? { data: { value: String(edit) } }
    : { spec: { ...SPEC, idleTimeout: 20 + edit } };
}

function randomStatusField(dice: Dice, resource: Resource, probability: number): object {
  return resource.hasStatusPath && dice.chance(probability) ? { status: randomStatus(dice) } : {};
}
