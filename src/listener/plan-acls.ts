import type { AclType } from '../alb/api.ts';
import { type Association, type Sorted, sortAssociations } from './association.ts';
import { type Difference, differenceOfSets } from './difference.ts';
import { isManaged, type Memory } from './memory.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { SeenListener } from './seen-listener.ts';
import type { Plan, Step } from './step.ts';

/** ACLs a listener can have unless its quota was raised; with a raised one a plan may have more calls than it must. */
const USUAL_QUOTA = 3;

/**
 * Access control, and the calls that bring it in place, each harmless to be the last one. In between, the listener is
 * never more open than both before and after, as far as the cloud allows it. It does not allow two types at once: a
 * change of the type takes away all of the old ones first, and for that moment everybody gets through.
 */
export function aclPlan(spec: ResolvedSpec, listener: SeenListener, memory: Memory): Plan {
  if (!isManaged('aclConfig', spec, memory)) return { differences: [], steps: [] };
  const associations = aclsOf(listener);
  const present = associations.map(({ id }) => id);
  const { aclType, aclIds } = spec.aclConfig ?? { aclType: undefined, aclIds: [] };
  const sorted = sortAssociations(aclIds, associations);
  const ids = differenceOfSets('aclConfig.aclIds', aclIds, [...sorted.kept, ...sorted.surplus]);
  if (aclType === undefined || aclIds.length === 0) return { differences: ids, steps: dissociate(present) };

  const actual = listener.aclConfig?.aclType;
  if (present.length > 0 && actual !== aclType) {
    const type: Difference = { path: 'aclConfig.aclType', declared: aclType, actual };
    return { differences: [type, ...ids], steps: [...dissociate(present), ...associate(aclType, aclIds)] };
  }
  return { differences: ids, steps: aclType === 'White' ? whiteSteps(sorted) : blackSteps(sorted) };
}

export function aclsOf({ aclConfig }: SeenListener): readonly Association[] {
  return (aclConfig?.aclRelations ?? []).map(({ aclId, status }) => ({ id: aclId, status }));
}

/**
 * Only addresses in the lists get through, but without any list all do. Taking a list away closes, unless it is the
 * last one: that one goes when one of those to come is there, and for a moment both let through.
 */
function whiteSteps({ kept, missing, surplus }: Sorted): readonly Step[] {
  if (kept.length > 0 || missing.length === 0 || surplus.length === 0) {
    return [...dissociate(surplus), ...associate('White', missing)];
  }
  const last = surplus.length < USUAL_QUOTA ? surplus : surplus.slice(0, 1);
  const first = missing.slice(0, USUAL_QUOTA - last.length);
  return [
    ...dissociate(surplus.slice(last.length)),
    ...associate('White', first),
    ...dissociate(last),
    ...associate('White', missing.slice(first.length)),
  ];
}

/** Addresses in the lists are kept out: new lists come first, as far as there is room for both. */
function blackSteps({ kept, missing, surplus }: Sorted): readonly Step[] {
  const room = Math.max(0, USUAL_QUOTA - kept.length - missing.length);
  const late = missing.length === 0 ? surplus : surplus.slice(0, room);
  return [...dissociate(surplus.slice(late.length)), ...associate('Black', missing), ...dissociate(late)];
}

function associate(aclType: AclType, aclIds: readonly string[]): readonly Step[] {
  return aclIds.length === 0 ? [] : [{ call: 'associateAcls', aclType, aclIds }];
}

function dissociate(aclIds: readonly string[]): readonly Step[] {
  return aclIds.length === 0 ? [] : [{ call: 'dissociateAcls', aclIds }];
}
