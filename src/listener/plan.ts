import { someUnderWay } from './association.ts';
import type { Difference } from './difference.ts';
import { isManaged, type Memory } from './memory.ts';
import { aclPlan, aclsOf } from './plan-acls.ts';
import { additionalCertificatesOf, certificatePlan } from './plan-certificates.ts';
import { logConfigPlan } from './plan-log-config.ts';
import { settingsPlan } from './plan-settings.ts';
import { tagPlan } from './plan-tags.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Plan, Step } from './step.ts';

/**
 * Everything in which a listener at rest is not as declared, and the calls that change it, in their order. Each may be
 * the last one for long: what is left is found again by the next look.
 */
export function planFor(spec: ResolvedSpec, listener: SeenListener, memory: Memory): Plan {
  const settings = settingsPlan(spec, listener);
  const certificates = certificatePlan(spec, listener, memory);
  const logConfig = logConfigPlan(spec, listener);
  const acls = aclPlan(spec, listener, memory);
  const tags = tagPlan(spec, listener, memory);
  const state = stateDifference(spec, listener);
  return {
    differences: [settings, certificates, logConfig, acls, tags, { differences: state }].flatMap(
      ({ differences }) => differences,
    ),
    steps: inOrder(
      [
        // First of all who gets through: a new listener lets everybody through until then.
        ...acls.steps,
        ...certificates.before,
        ...settings.steps,
        ...certificates.after,
        ...logConfig.steps,
        ...tags.steps,
      ],
      state,
      spec,
    ),
  };
}

/** Whether the cloud is still at work on what the manifest decides on, even where the listener shows nothing of it. */
export function isAssociating(spec: ResolvedSpec, listener: SeenListener, memory: Memory): boolean {
  const acls = isManaged('aclConfig', spec, memory) ? aclsOf(listener) : [];
  const certificates = isManaged('additionalCertificates', spec, memory)
    ? additionalCertificatesOf(listener)
    : [];
  return someUnderWay([...acls, ...(certificates ?? [])]);
}

/** Whether a stopped listener can be edited is not documented: it is started first, and stopped last. */
function inOrder(
  changes: readonly Step[],
  state: readonly Difference[],
  spec: ResolvedSpec,
): readonly Step[] {
  if (state.length === 0) return changes;
  return spec.listenerState === 'Stopped' ? [...changes, { call: 'stop' }] : [{ call: 'start' }, ...changes];
}

function stateDifference(
  { listenerState = 'Running' }: ResolvedSpec,
  { listenerStatus }: SeenListener,
): readonly Difference[] {
  return listenerState === listenerStatus
    ? []
    : [{ path: 'listenerState', declared: listenerState, actual: listenerStatus }];
}
