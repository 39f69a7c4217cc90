import { FINALIZER, RECONCILE_REQUEST } from '../../../src/listener/resource.ts';
import { type ObjectKey, objectKey } from '../../../src/runtime/object.ts';
import type { Listener } from '../../../src/simulator/listener.ts';
import type { Role } from '../cast.ts';
import { FAR_LOAD_BALANCER, ownerOf } from '../cloud.ts';
import { ROGUE_NAMESPACE } from '../cluster.ts';
import { type Declaration, NO_SECRET, readDeclaration } from '../declared.ts';
import { FAR_REGION, MADE_UP_REGIONS } from '../regions.ts';
import type { World } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

/** The objects of the one who means harm, made again and again. */
export const ROGUE_KEYS: readonly ObjectKey[] = ['r1', 'r2', 'r3'].map((name) =>
  objectKey(ROGUE_NAMESPACE, name),
);
/** Requests in one wave of a flood. */
const WAVE = 10;

/**
 * What a user can do who may write AlbListeners, their status included, Secrets and ConfigMaps in one namespace, and who
 * means harm to the others.
 */
export const MALICE: readonly Disturbance[] = [
  malice('plants a finalizer', 3, (world, key) => {
    const role = world.chance.pick(world.cast);
    const adopt = world.chance.happens(0.5) ? adoptionOf(listenerOfOthers(world)) : {};
    return role && make(world, key, { ...placeOfRole(role), ...adopt }, { finalizers: [FINALIZER] });
  }),
  malice('adopts the listener of another', 3, (world, key) => {
    const listener = listenerOfOthers(world);
    return listener && make(world, key, { ...placeOf(listener), ...adoptionOf(listener) });
  }),
  malice('watches the listener of another', 1, (world, key) => {
    const listener = listenerOfOthers(world);
    const watching = { reconcilePolicy: 'Observe' };
    return listener && make(world, key, { ...placeOf(listener), ...adoptionOf(listener), ...watching });
  }),
  malice('refers to the listener of another', 2, (world, key) => {
    const listener = listenerOfOthers(world, 'QUIC') ?? listenerOfOthers(world);
    if (listener === undefined) return undefined;
    const quicConfig = { quicUpgradeEnabled: true, quicListenerId: listener.ListenerId };
    return make(world, key, { ...secureOn(listener.LoadBalancerId, 4443), quicConfig });
  }),
  malice('squats', 3, (world, key) => {
    const role = world.chance.pick(world.cast);
    const how = world.chance.oneOf<object>(
      { reconcilePolicy: 'Observe' },
      { reconcilePolicy: 'DryRun' },
      { suspend: true },
      { credentialsSecretRef: { name: NO_SECRET } },
    );
    return role && make(world, key, { ...placeOfRole(role), ...how });
  }),
  malice('names a region that is made up', 2, (world, key) => {
    const role = world.chance.pick(world.cast);
    return (
      role && make(world, key, { ...placeOfRole(role), regionId: world.chance.oneOf(...MADE_UP_REGIONS) })
    );
  }),
  malice('works in the other region', 1, (world, key) =>
    make(world, key, { ...httpOn(FAR_LOAD_BALANCER, 188), regionId: FAR_REGION }),
  ),
  malice('lies in a status of its own', 2, ({ cluster, chance, cloud }, key) => {
    const listener = chance.pick(cloud.listeners);
    if (listener === undefined) return undefined;
    const status = chance.oneOf<object>(
      { listenerId: listener.ListenerId, loadBalancerId: listener.LoadBalancerId },
      { creation: { incarnation: 0, startedAt: NEW_YEAR, unsettledAt: NEW_YEAR } },
      { listenerId: listener.ListenerId, creation: { incarnation: 7, startedAt: NEW_YEAR } },
      { operation: { kind: 'Delete', startedAt: NEW_YEAR }, listenerId: listener.ListenerId },
    );
    return cluster.writeStatus(key, { observedGeneration: 1, ...status }) && JSON.stringify(status);
  }),
  malice('wipes a status of its own', 1, ({ cluster }, key) => cluster.wipeStatus(key)),
  malice('asks for looks all the time', 2, ({ cluster, chance }, key) => {
    for (let wave = 0; wave < WAVE; wave += 1)
      cluster.annotate(key, { [RECONCILE_REQUEST]: String(chance.below(1_000_000)) });
    return `${WAVE} times`;
  }),
  malice('deletes its object', 4, ({ cluster }, key) => cluster.delete(key)),
  malice('removes its finalizer by force', 0.5, ({ cluster }, key) => cluster.tearOut(key)),
];

const NEW_YEAR = '2026-01-01T00:00:00Z';

function malice(
  what: string,
  weight: number,
  act: (world: World, key: ObjectKey) => string | boolean | undefined,
): Disturbance {
  return {
    kind: `malice: ${what}`,
    weight,
    strike: (world) => {
      const key = world.chance.oneOf('r1', 'r2', 'r3');
      const rogue = objectKey(ROGUE_NAMESPACE, key);
      const done = act(world, rogue);
      return done === undefined || done === false
        ? undefined
        : `${rogue} ${done === true ? '' : done}`.trimEnd();
    },
  };
}

function make({ cluster }: World, key: ObjectKey, spec: object, metadata: object = {}): string | undefined {
  return cluster.create(key, spec, metadata) ? JSON.stringify({ ...spec, ...metadata }) : undefined;
}

/** One that carries the ownership tag of a resource in another namespace. */
function listenerOfOthers(
  { cloud, chance, records }: World,
  protocol?: Listener['ListenerProtocol'],
): Listener | undefined {
  return chance.pick(
    cloud.listeners.filter((listener) => {
      if (protocol !== undefined && listener.ListenerProtocol !== protocol) return false;
      const owner = records.lives.get(ownerOf(listener) ?? '');
      return owner !== undefined && owner.object.metadata.namespace !== ROGUE_NAMESPACE;
    }),
  );
}

function adoptionOf(listener: Listener | undefined): object {
  return listener === undefined ? {} : { adopt: { listenerId: listener.ListenerId } };
}

function placeOf({ LoadBalancerId, ListenerProtocol, ListenerPort }: Listener): object {
  return onPlace(LoadBalancerId, ListenerProtocol, ListenerPort);
}

/** The port of a manifest of others; where its load balancer comes from elsewhere, a likely one. */
function placeOfRole({ spec }: Role): object {
  const { loadBalancerId = 'alb-one', listenerProtocol, listenerPort } = readDeclaration(spec);
  return onPlace(loadBalancerId, listenerProtocol, listenerPort);
}

function onPlace(loadBalancerId: string, protocol: Declaration['listenerProtocol'], port: number): object {
  if (protocol === 'HTTP') return httpOn(loadBalancerId, port);
  return { ...secureOn(loadBalancerId, port), listenerProtocol: protocol };
}

function httpOn(loadBalancerId: string, listenerPort: number): object {
  return {
    loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  };
}

function secureOn(loadBalancerId: string, listenerPort: number): object {
  return {
    ...httpOn(loadBalancerId, listenerPort),
    listenerProtocol: 'HTTPS',
    certificates: [{ certificateId: '1001-cn' }],
  };
}
