import { badDayMutations } from './bad-day-mutations.ts';
import type { Mutation } from './plant.ts';

/** Defects that operators of this kind really have had, or nearly had. The simulation must find each of them. */
export const mutations: readonly Mutation[] = [
  ...badDayMutations,
  {
    name: 'every attempt to create has a token of its own',
    file: 'listener/parameters.ts',
    find: 'createListenerToken(object.uid, incarnation)',
    replace:
      "createListenerToken(object.uid, Date.parse(object.status.creation?.unsettledAt ?? '') || incarnation)",
  },
  {
    name: 'a creation is not written ahead',
    file: 'listener/create.ts',
    find: 'await writeAhead(object, writeAheadStatus(object, attempt, now), tools)',
    replace: '{ object }',
  },
  {
    name: 'the id of a new listener is not kept',
    file: 'listener/create.ts',
    find: '    listenerId,\n    creation: { incarnation, startedAt },\n    operation:',
    replace: '    creation: { incarnation, startedAt },\n    operation:',
  },
  {
    name: 'the port is not looked at before a creation',
    file: 'listener/decide-life.ts',
    find: 'return decideOccupied(object, spec, sight, circumstances);',
    replace: "return { do: 'create', spec, incarnation: nextIncarnation(object, circumstances) };",
  },
  {
    name: 'a lagging list is taken at its word',
    file: 'listener/freshness.ts',
    find: 'now - instant < settle',
    replace: 'now - instant < 0',
  },
  {
    name: 'the lease is not asked before a write',
    file: 'alb/leader-only.ts',
    find: 'isRead(operation) || mayWrite()',
    replace: 'true',
  },
  {
    name: 'a lease that another one has just renewed is taken',
    file: 'runtime/elector.ts',
    find: 'return now < this.#seen.since + lease.durationMs;',
    replace: 'return now < this.#seen.since;',
  },
  {
    name: 'a new listener carries no ownership tags',
    file: 'listener/parameters.ts',
    find: '[...ownershipTags(ownerOf(object, clusterUid), incarnation, tags.length), ...tags]',
    replace: 'tags',
  },
  {
    name: 'whatever stands on the port is taken over',
    file: 'listener/decide-life.ts',
    find: '  // Tags may become visible later',
    replace:
      "  if (ownership.of !== 'another') return { do: 'adopt', listener: { ...listener, tags: [] }, incarnation: 0 };\n  // Tags may become visible later",
  },
  {
    name: 'a listener is changed and deleted whatever its tags say',
    file: 'listener/decide-present.ts',
    find: "  if (ownership.of === 'us') return true;\n",
    replace: '  if (ownership.of !== undefined) return true;\n',
  },
  {
    name: 'a creation begins before the finalizer is there',
    file: 'listener/reconcile.ts',
    find: '  if (!object.hasFinalizer) {\n',
    replace: '  if (!object.hasFinalizer && object.beingDeleted) {\n',
  },
  {
    name: 'the finalizer goes when the cloud cannot be read',
    file: 'listener/decide-deletion.ts',
    find: 'return decideUnreadable(object, sight.error);',
    replace: "return { do: 'release' };",
  },
  {
    name: 'the finalizer goes when the deletion is accepted',
    file: 'listener/decide-deletion.ts',
    find: "if (underWay)\n      return report('Deleting', `The cloud is deleting listener ${listenerId}.`, { when: 'poll' });",
    replace: "if (underWay) return { do: 'release' };",
  },
  {
    name: 'a lost answer to a deletion counts as gone',
    file: 'listener/act.ts',
    find: "const gone = answer.outcome === 'no' && answer.error.class === 'listenerNotFound';\n    if (gone) return { after: 'leave', again: { when: 'now' } };",
    replace: "const gone = answer.outcome === 'unknown';\n    if (gone) return release(object, tools);",
  },
  {
    name: 'Running stays across an edit',
    file: 'listener/edited.ts',
    find: "reason: 'Configuring'",
    replace: "reason: 'Running'",
  },
  {
    name: 'Running is said while the listener is being created',
    file: 'listener/decide-present.ts',
    find: 'return overdue(object, circumstances) ?? waitForProvisioning(listenerId);',
    replace: "return { do: 'nothing', spec, listener };",
  },
  {
    name: 'a stale copy is written over a newer status',
    file: 'runtime/kubernetes/resource-client.ts',
    find: '{ metadata: { resourceVersion }, status }',
    replace: '{ status }',
  },
  {
    name: 'what was meant for an object is done to its successor of the same name',
    file: 'runtime/kubernetes/resource-client.ts',
    find: "path: '/metadata/uid', value: object.metadata.uid",
    replace: "path: '/metadata/name', value: object.metadata.name",
  },
  {
    name: 'what fails is tried again at once',
    file: 'operator.ts',
    find: '{ baseMs: 1000, maxMs: 60_000 }',
    replace: '{ baseMs: 0, maxMs: 0 }',
  },
  {
    name: 'what vanished while the watch was lost stays in the cache',
    file: 'runtime/store.ts',
    find: 'if (isListed && !present.has(keyOf(object))) this.#delete(object, cause);',
    replace: '',
  },
  {
    name: 'a suspended resource is worked on',
    file: 'listener/decide-unseen.ts',
    find: '  if (suspended) {\n',
    replace: '  if (suspended && object.beingDeleted) {\n',
  },
  {
    name: 'a rehearsal makes a listener',
    file: 'listener/under-policy.ts',
    find: "return { do: 'rehearse', rehearsal: { of: 'creation', spec, incarnation } };",
    replace: "return { do: 'create', spec, incarnation };",
  },
  {
    name: 'a retained listener is deleted',
    file: 'listener/decide-deletion.ts',
    find: '  if (policiesOf(object.spec).retains) {\n',
    replace: '  if (policiesOf(object.spec).retains && isOurs(object, listener, ownership) && now < 0) {\n',
  },
  {
    name: 'a namespace that is deleted takes its listeners along',
    file: 'cluster/deletion-guard.ts',
    find: "return { of: findings.find(({ is }) => is === 'sweeping')?.scope ?? 'object' };",
    replace: "return { of: 'object' };",
  },
  {
    name: 'secrets in answers of the cloud are passed on',
    file: 'alb/redact.ts',
    find: 'for (const pattern of patterns) clean = clean.replaceAll(pattern, MARK);',
    replace: '',
  },
  {
    name: 'an update that the cloud ignores is sent for ever',
    file: 'listener/decide-at-rest.ts',
    find: 'return isInVain(object.status.convergence, differences);',
    replace: 'return false;',
  },
  {
    name: 'the account of a listener is not compared with that of the key',
    file: 'alb/sessions.ts',
    find: 'access.accountId !== undefined && access.accountId !== accountId',
    replace: 'false',
  },
  {
    name: 'a key that comes to belong to another account under way is used all the same',
    file: 'alb/sessions.ts',
    find: 'return account.value === accountId ? undefined : wrongAccount(accountId, account.value);',
    replace: 'return undefined;',
  },
  {
    name: 'a creation goes to an account that has no such load balancer',
    file: 'listener/observation.ts',
    find: 'const place = observes ? sight : await onLoadBalancer(sight, claim, cloud);',
    replace: 'const place: Sight = sight;',
  },
  {
    name: 'what a wiped status may have made is looked for in any account',
    file: 'listener/observation.ts',
    find: '? { sight: await onLoadBalancer(sight, claim, cloud), ...search }',
    replace: '? { sight, ...search }',
  },
];
