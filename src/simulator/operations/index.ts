import { associateAcls, dissociateAcls, listAcls } from './acls.ts';
import {
  associateAdditionalCertificates,
  dissociateAdditionalCertificates,
  listListenerCertificates,
} from './certificates.ts';
import { createListener } from './create-listener.ts';
import { deleteListener } from './delete-listener.ts';
import { getLoadBalancerAttribute } from './get-load-balancer-attribute.ts';
import { listAsynJobs } from './list-asyn-jobs.ts';
import type { Operation } from './operation.ts';
import { getListenerAttribute, listListeners } from './read-listener.ts';
import { startListener, stopListener } from './run-state.ts';
import { listTagResources, tagResources, untagResources } from './tags.ts';
import { updateListenerAttribute } from './update-listener-attribute.ts';
import { updateListenerLogConfig } from './update-listener-log-config.ts';

/** Every operation the simulator knows, by the name in the request. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  [
    createListener,
    updateListenerAttribute,
    deleteListener,
    startListener,
    stopListener,
    getListenerAttribute,
    listListeners,
    listListenerCertificates,
    associateAdditionalCertificates,
    dissociateAdditionalCertificates,
    updateListenerLogConfig,
    associateAcls,
    dissociateAcls,
    listAcls,
    tagResources,
    untagResources,
    listTagResources,
    listAsynJobs,
    getLoadBalancerAttribute,
  ].map((operation) => [operation.action, operation]),
);
