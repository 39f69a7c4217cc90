import { z } from 'zod';
import { linksOf, mayStand, standingOn } from './links.ts';
import type { Cluster } from './ports.ts';
import type { AlbListener } from './resource.ts';
import type { ConfigMapSource } from './schema/references.ts';
import type { AlbListenerSpec, ResolvedSpec } from './schema/spec.ts';
import type { AlbListenerStatus } from './schema/status.ts';

/** A reference that stands for no id now. */
export interface Unresolved {
  /** Path below `spec`. */
  readonly path: string;
  /** What is wrong, for people. */
  readonly problem: string;
  /** Whether it passes by itself: what is referred to is there, and on its way. */
  readonly passes: boolean;
}

export type Resolution =
  | { readonly resolved: true; readonly spec: ResolvedSpec }
  /** At least one. */
  | { readonly resolved: false; readonly unresolved: readonly Unresolved[] };

/** What references are looked up in: a cache, so that whoever watches causes the next look. */
export type Lookup = Pick<Cluster, 'read' | 'configMapValue'>;

/** Puts ids in the place of references. */
export function resolveReferences(object: AlbListener, spec: AlbListenerSpec, cluster: Lookup): Resolution {
  const unresolved: Unresolved[] = [];
  const keep = (id: string | Unresolved): string => {
    if (typeof id === 'string') return id;
    unresolved.push(id);
    return '';
  };

  const moved = movedRegion(object, spec);
  if (moved !== undefined) unresolved.push(moved);
  const { loadBalancerIdFrom, quicConfig, defaultActions, ...plain } = spec;
  const loadBalancerId = keep(loadBalancerOf(object, spec, cluster));
  const resolved: ResolvedSpec = {
    ...plain,
    loadBalancerId,
    defaultActions: defaultActions.map(({ type, forwardGroupConfig }) => ({
      type,
      forwardGroupConfig: {
        serverGroupTuples: forwardGroupConfig.serverGroupTuples.map((tuple, index) => ({
          serverGroupId:
            tuple.serverGroupId ??
            keep(idFrom(tuple.serverGroupIdFrom, SERVER_GROUP, serverGroupPath(index), object, cluster)),
        })),
      },
    })),
  };
  if (quicConfig !== undefined) {
    const { quicListenerRef, ...quic } = quicConfig;
    resolved.quicConfig =
      quicListenerRef === undefined
        ? quic
        : { ...quic, quicListenerId: keep(quicListenerId(object, quicListenerRef.name, cluster)) };
  }
  return unresolved.length === 0 ? { resolved: true, spec: resolved } : { resolved: false, unresolved };
}

/** Whether the resource has, or may have, a listener in the cloud. */
export function hasBegun({
  listenerId,
  creation,
}: Pick<AlbListenerStatus, 'listenerId' | 'creation'>): boolean {
  return listenerId !== undefined || creation !== undefined;
}

/** The load balancer that a ConfigMap names for the resource now, whatever the rest of its spec looks like. */
export function sourcedLoadBalancer(
  object: Pick<AlbListener, 'key' | 'spec'>,
  cluster: Pick<Lookup, 'configMapValue'>,
): string | undefined {
  const { loadBalancerIdFrom } = linksOf(object.spec, undefined);
  if (loadBalancerIdFrom === undefined) return undefined;
  const id = idFrom(loadBalancerIdFrom, LOAD_BALANCER, 'loadBalancerIdFrom', object, cluster);
  return typeof id === 'string' ? id : undefined;
}

/** What an id looks like, and what it is of. */
interface IdForm {
  readonly pattern: RegExp;
  readonly name: string;
}

const LOAD_BALANCER: IdForm = { pattern: /^alb-[a-z0-9]+$/, name: 'id of a load balancer (alb-…)' };
const SERVER_GROUP: IdForm = { pattern: /^sgp-[a-z0-9]+$/, name: 'id of a server group (sgp-…)' };

/** A listener cannot move, so a load balancer that may have one of ours must stay the one that is named. */
function loadBalancerOf(
  object: AlbListener,
  { loadBalancerId, loadBalancerIdFrom }: AlbListenerSpec,
  cluster: Lookup,
): string | Unresolved {
  const path = loadBalancerId === undefined ? 'loadBalancerIdFrom' : 'loadBalancerId';
  const id = loadBalancerId ?? idFrom(loadBalancerIdFrom, LOAD_BALANCER, path, object, cluster);
  const standing = standingOn(object.status);
  if (typeof id !== 'string' || standing === undefined || id === standing) return id;
  const problem = `names ${id}, but the listener stands on ${standing} and cannot move`;
  return { path, problem, passes: false };
}

/** As a load balancer, so a region. */
function movedRegion({ status }: AlbListener, { regionId }: AlbListenerSpec): Unresolved | undefined {
  const standing = mayStand(status) ? status.regionId : undefined;
  if (regionId === undefined || standing === undefined || regionId === standing) return undefined;
  const problem = `names ${regionId}, but the listener stands in ${standing} and cannot move`;
  return { path: 'regionId', problem, passes: false };
}

function serverGroupPath(index: number): string {
  return `defaultActions[0].forwardGroupConfig.serverGroupTuples[${index}].serverGroupIdFrom`;
}

/** The value itself is never told: whoever may read the resource may not have the right to read the ConfigMap. */
function idFrom(
  source: ConfigMapSource | undefined,
  form: IdForm,
  path: string,
  { key: { namespace } }: Pick<AlbListener, 'key'>,
  cluster: Pick<Lookup, 'configMapValue'>,
): string | Unresolved {
  if (source === undefined) return { path, problem: 'is missing', passes: false };
  const { name, key } = source.configMapKeyRef;
  const at = `ConfigMap ${namespace}/${name}`;
  const reading = cluster.configMapValue({ namespace, name }, key);
  switch (reading.found) {
    case 'value': {
      // Files and editors end a value with a line break.
      const id = reading.value.trim();
      if (form.pattern.test(id)) return id;
      return { path, problem: `key ${key} of ${at} does not hold the ${form.name}`, passes: false };
    }
    case 'noKey':
      return { path, problem: `${at} has no key ${key}`, passes: false };
    case 'noConfigMap':
      return { path, problem: `there is no ${at}`, passes: false };
    case 'unread':
      return { path, problem: `${at} has not been read yet`, passes: true };
  }
}

const protocolOnly = z.object({ listenerProtocol: z.string() });

/** The id of another AlbListener, as soon as that one has been seen to be as declared. */
function quicListenerId(object: AlbListener, name: string, cluster: Lookup): string | Unresolved {
  const path = 'quicConfig.quicListenerRef';
  const at = `AlbListener ${object.key.namespace}/${name}`;
  const other = cluster.read({ namespace: object.key.namespace, name });
  if (other === undefined) return { path, problem: `there is no ${at}`, passes: false };
  if (protocolOnly.safeParse(other.spec).data?.listenerProtocol !== 'QUIC')
    return { path, problem: `${at} is no QUIC listener`, passes: false };
  // Whoever has begun already holds that deletion up; nobody else shall begin to.
  if (other.beingDeleted && !hasBegun(object.status))
    return { path, problem: `${at} is being deleted`, passes: false };
  const { listenerId, observed } = other.status;
  if (listenerId !== undefined && observed !== undefined) return listenerId;
  return { path, problem: `${at} does not run yet`, passes: true };
}
