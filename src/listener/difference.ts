import type { ListenerAttribute, ListenerSettings, Tag } from '../alb/api.ts';
import { cloudDefaults, desiredSettings } from './desired.ts';
import type { AlbListenerSpec } from './schema/spec.ts';

/** A comparable value. Lists are sets: their order has no meaning in any setting of a listener. */
export type Value = string | number | boolean | readonly string[];

/** One field in which the cloud is not as declared. */
export interface Difference {
  /** Path below `spec`, for example `xForwardedForConfig.xForwardedForEnabled`. */
  readonly path: string;
  readonly declared: Value;
  /** `undefined`: the cloud has nothing there. */
  readonly actual: Value | undefined;
}

/** The settings that differ. Order, defaults, and empty against absent do not count. */
export function differingSettings(spec: AlbListenerSpec, listener: ListenerAttribute): readonly Difference[] {
  const declared = comparable(desiredSettings(spec));
  const actual = new Map([
    ...comparable(cloudDefaults(spec.listenerProtocol)),
    ...comparable(actualSettings(listener)),
  ]);
  return [...declared]
    .filter(([path, value]) => !sameValue(value, actual.get(path)))
    .map(([path, value]) => ({ path, declared: value, actual: actual.get(path) }));
}

/**
 * The parameters of UpdateListenerAttribute that bring the differences in place. A nested parameter is sent whole
 * when any part of it differs: whether the cloud keeps the parts that are left out is not documented.
 */
export function updateParameters(
  spec: AlbListenerSpec,
  differences: readonly Difference[],
): ListenerSettings {
  const differing = new Set(differences.map((difference) => difference.path.split('.', 1)[0]));
  return Object.fromEntries(
    Object.entries(desiredSettings(spec)).filter(([parameter]) => differing.has(parameter)),
  );
}

/** Declared tags that the listener lacks or that have another value. Tags of others are left alone. */
export function missingTags(declared: readonly Tag[], actual: readonly Tag[]): readonly Tag[] {
  const values = new Map(actual.map((tag) => [tag.key, tag.value]));
  return declared.filter((tag) => values.get(tag.key) !== tag.value);
}

/** Said for people: `requestTimeout 60 → 30`. */
export function describeDifference({ path, declared, actual }: Difference): string {
  return `${path} ${describeValue(actual)} → ${describeValue(declared)}`;
}

export function describeValue(value: Value | undefined): string {
  if (value === undefined) return '(none)';
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}

function actualSettings(listener: ListenerAttribute): ListenerSettingsAsRead {
  const { listenerId, loadBalancerId, listenerProtocol, listenerPort, listenerStatus, tags, ...settings } =
    listener;
  return settings;
}

/** Settings as declared, or as read: the cloud may hold values that no manifest of ours could declare. */
type ListenerSettingsAsRead = Omit<
  ListenerAttribute,
  'listenerId' | 'loadBalancerId' | 'listenerProtocol' | 'listenerPort' | 'listenerStatus' | 'tags'
>;

function comparable(settings: ListenerSettings | ListenerSettingsAsRead): Map<string, Value> {
  const { xForwardedForConfig, quicConfig, certificates, caCertificates, defaultActions, ...scalars } =
    settings;
  const lists = {
    certificates: certificates?.map((certificate) => certificate.certificateId),
    caCertificates: caCertificates?.map((certificate) => certificate.certificateId),
    defaultActions: defaultActions?.flatMap(
      (action) =>
        action.forwardGroupConfig?.serverGroupTuples.map((tuple) => tuple.serverGroupId) ?? [action.type],
    ),
  };
  return new Map([
    ...leaves('', scalars),
    ...leaves('xForwardedForConfig.', xForwardedForConfig ?? {}),
    ...leaves('quicConfig.', quicConfig ?? {}),
    ...leaves('', lists),
  ]);
}

function leaves(prefix: string, values: object): readonly [string, Value][] {
  return Object.entries(values).flatMap(([name, value]): [string, Value][] => {
    const normal = normalise(name, value);
    return normal === undefined ? [] : [[`${prefix}${name}`, normal]];
  });
}

/** Empty text and empty lists say as little as nothing at all. */
function normalise(name: string, value: unknown): Value | undefined {
  if (name === 'xForwardedForClientSourceIpsTrusted' && typeof value === 'string') {
    return normalise(
      '',
      value
        .split(';')
        .map((address) => address.trim())
        .filter((address) => address !== ''),
    );
  }
  if (Array.isArray(value)) {
    const items = value.filter((item) => typeof item === 'string');
    return items.length === 0 ? undefined : [...new Set(items)].sort();
  }
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return undefined;
}

function sameValue(declared: Value, actual: Value | undefined): boolean {
  if (typeof declared !== 'object') return declared === actual;
  if (typeof actual !== 'object' || declared.length !== actual.length) return false;
  return declared.every((item, index) => item === actual[index]);
}
