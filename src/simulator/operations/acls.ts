import { z } from 'zod';
import type { Listener } from '../listener.ts';
import {
  alreadyExists,
  incorrectStatus,
  invalidParameter,
  notFound,
  operationDenied,
  quotaExceeded,
  type Refusal,
  refuse,
} from '../refusal.ts';
import type { StateView } from '../state.ts';
import { accept, operation, reject } from './operation.ts';
import { pageOf } from './paging.ts';
import { id, listOf, paging } from './parameter-types.ts';
import { isRefusal, writableListener } from './preconditions.ts';
import { startBesideCreation, startConfiguring } from './start-job.ts';

const aclIds = listOf(id, 20);

export const associateAcls = operation({
  action: 'AssociateAclsWithListener',
  write: true,
  parameters: z.object({ ListenerId: id, AclIds: aclIds, AclType: z.enum(['White', 'Black']) }),
  run: ({ ListenerId, AclIds, AclType }, context) => {
    const { aclsOfProvisioning, aclsOfStopped } = context.state.settings;
    const found = writableListener(context, ListenerId, { whileCreated: aclsOfProvisioning === 'allowed' });
    if (isRefusal(found)) return reject(found);
    const { listener, loadBalancer } = found;
    if (listener.ListenerStatus === 'Stopped' && aclsOfStopped === 'refused') {
      return reject(incorrectStatus('Listener', ListenerId, 'Stopped'));
    }
    if (loadBalancer.SecurityGroupIds.length > 0) {
      return reject(operationDenied('LoadBalancerJoinedSecurityGroupNotSupportAcl'));
    }
    const refusal = aclRefusal(context.state, listener, AclIds, AclType);
    if (refusal !== undefined) return reject(refusal);

    const added = AclIds.map((AclId) => ({ AclId, Status: 'Associating' as const }));
    const AclConfig = { AclType, AclRelations: [...listener.AclConfig.AclRelations, ...added] };
    const start = listener.ListenerStatus === 'Provisioning' ? startBesideCreation : startConfiguring;
    const { JobId, changes } = start(context, 'AssociateAclsWithListener', listener, {
      ...listener,
      AclConfig,
    });
    return accept({ JobId }, changes);
  },
});

export const dissociateAcls = operation({
  action: 'DissociateAclsFromListener',
  write: true,
  parameters: z.object({ ListenerId: id, AclIds: aclIds }),
  run: ({ ListenerId, AclIds }, context) => {
    const found = writableListener(context, ListenerId);
    if (isRefusal(found)) return reject(found);
    const { listener } = found;
    const related = listener.AclConfig.AclRelations;
    const stranger = AclIds.find((aclId) => !related.some((relation) => relation.AclId === aclId));
    if (stranger !== undefined) {
      const message = `The specified resource ${stranger} is not associated.`;
      return reject(refuse(404, 'ResourceNotAssociated.Acl', message));
    }
    const AclRelations = related.map(({ AclId, Status }) => ({
      AclId,
      Status: AclIds.includes(AclId) ? ('Dissociating' as const) : Status,
    }));
    const { JobId, changes } = startConfiguring(context, 'DissociateAclsFromListener', listener, {
      ...listener,
      AclConfig: { ...listener.AclConfig, AclRelations },
    });
    return accept({ JobId }, changes);
  },
});

export const listAcls = operation({
  action: 'ListAcls',
  write: false,
  parameters: z.object({
    AclIds: listOf(id, 20).optional(),
    AclNames: listOf(z.string(), 10).optional(),
    ...paging,
  }),
  run: (filter, { state }) => {
    const matching = state.inventory.acls.filter(
      ({ AclId, AclName }) =>
        (filter.AclIds?.includes(AclId) ?? true) && (filter.AclNames?.includes(AclName) ?? true),
    );
    const page = pageOf(matching, ({ AclId }) => AclId, filter, state.settings);
    if (isRefusal(page)) return reject(page);
    return accept({
      Acls: page.items.map(({ AclId, AclName, AclStatus }) => ({ AclId, AclName, AclStatus })),
      MaxResults: page.maxResults,
      TotalCount: matching.length,
      ...page.next,
    });
  },
});

function aclRefusal(
  state: StateView,
  listener: Listener,
  aclIds: readonly string[],
  aclType: 'White' | 'Black',
): Refusal | undefined {
  const { AclRelations, AclType = aclType } = listener.AclConfig;
  if (AclType !== aclType) return invalidParameter(`the ACLs of this listener are ${AclType}`);
  for (const aclId of aclIds) {
    const acl = state.inventory.acls.find((item) => item.AclId === aclId);
    if (acl === undefined) return notFound('Acl', aclId);
    if (acl.AclStatus !== 'Available') return incorrectStatus('Acl', aclId, acl.AclStatus);
    if (AclRelations.some((relation) => relation.AclId === aclId)) {
      return refuse(400, 'ResourceInUse.Acl', `The specified resource ${aclId} is in use.`);
    }
  }
  const together = [...AclRelations.map((relation) => relation.AclId), ...aclIds];
  const { aclsPerListener, aclEntriesPerListener } = state.settings.quotas;
  if (together.length > aclsPerListener) {
    return quotaExceeded('QuotaExceeded.AclsNum', listener.ListenerId, together.length, aclsPerListener);
  }
  const entries = state.inventory.acls
    .filter((acl) => together.includes(acl.AclId))
    .flatMap((acl) => acl.AclEntries);
  if (entries.length > aclEntriesPerListener) {
    const code = 'ResourceQuotaExceeded.ListenerAclEntriesNum';
    return quotaExceeded(code, listener.ListenerId, entries.length, aclEntriesPerListener);
  }
  const repeated = entries.find((entry, index) => entries.indexOf(entry) !== index);
  return repeated === undefined ? undefined : alreadyExists('AclEntry', repeated, 'in two of the ACLs');
}
