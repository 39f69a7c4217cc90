import type { CelValidation } from './rule.ts';

/**
 * What an object says from its creation in the cloud to its end. Until then everything can be edited: a region that
 * does not exist must not make an object that can be neither corrected nor deleted. So the rules stand at the root,
 * where they see the status; on an edit of the spec the API server takes that from the stored object.
 */
const IDENTITY = [
  { field: 'loadBalancerId', isRequired: false },
  { field: 'listenerProtocol', isRequired: true },
  { field: 'listenerPort', isRequired: true },
  { field: 'regionId', isRequired: false },
] as const;

const NOTHING_BEGUN = '!self.?status.?creation.hasValue() && !self.?status.?listenerId.hasValue()';

/** Rules of the whole object, in CEL alone: only the API server has both sides of a change. */
export const objectRules: readonly CelValidation[] = IDENTITY.map(({ field, isRequired }) => {
  const same = `self.spec.${field} == oldSelf.spec.${field}`;
  const isSaid = `!has(self.spec.${field}) || !has(oldSelf.spec.${field})`;
  return {
    rule: `(${NOTHING_BEGUN}) || ${isRequired ? same : `${isSaid} || ${same}`}`,
    fieldPath: `.spec.${field}`,
    message: `${field} cannot be changed once the creation of the listener has begun, since the cloud fixes it: restore the old value, or delete this AlbListener and create another`,
  };
});
