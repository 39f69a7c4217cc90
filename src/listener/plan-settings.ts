import type { ListenerAttribute, ListenerSettings } from '../alb/api.ts';
import { cloudDefaults, desiredSettings } from './desired.ts';
import { differencesBetween } from './difference.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { Plan } from './step.ts';
import { type Value, valuesOf } from './value.ts';

/**
 * The settings that differ, and the one call that changes them. Order, defaults, and empty against absent do not
 * count. A nested parameter is sent whole when any part of it differs: whether the cloud keeps the parts that are left
 * out is not documented.
 */
export function settingsPlan(spec: ResolvedSpec, listener: ListenerAttribute): Plan {
  const desired = desiredSettings(spec, listener);
  const actual = new Map([...comparable(cloudDefaults(spec.listenerProtocol)), ...comparable(listener)]);
  const differences = differencesBetween(comparable(desired), actual);
  if (differences.length === 0) return { differences, steps: [] };

  const differing = new Set(differences.map(({ path }) => path.split('.', 1)[0]));
  const parameters = Object.fromEntries(
    Object.entries(desired).filter(([parameter]) => differing.has(parameter)),
  );
  return { differences, steps: [{ call: 'update', parameters }] };
}

/** Settings as declared, or as read: the cloud may hold values that no manifest of ours could declare. */
function comparable(settings: ListenerSettings | ListenerAttribute): ReadonlyMap<string, Value> {
  const { certificates, caCertificates, defaultActions, ...others } = settings;
  return valuesOf({
    ...others,
    certificates: certificates?.map(({ certificateId }) => certificateId),
    caCertificates: caCertificates?.map(({ certificateId }) => certificateId),
    defaultActions: defaultActions?.flatMap(
      ({ type, forwardGroupConfig }) =>
        forwardGroupConfig?.serverGroupTuples.map(({ serverGroupId }) => serverGroupId) ?? [type],
    ),
  });
}
