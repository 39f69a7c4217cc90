import type { AlbError } from '../alb/error.ts';
import type { Cloud, Session } from './ports.ts';

/** A session that could not be opened: whatever is asked of its cloud is answered with the reason, and nothing leaves. */
export function closedSession(reason: AlbError): Session {
  const refuse = async () => ({ outcome: 'no', error: reason }) as const;
  const operations = {
    createListener: refuse,
    updateListenerAttribute: refuse,
    updateListenerLogConfig: refuse,
    associateAdditionalCertificatesWithListener: refuse,
    dissociateAdditionalCertificatesFromListener: refuse,
    associateAclsWithListener: refuse,
    dissociateAclsFromListener: refuse,
    listAcls: refuse,
    deleteListener: refuse,
    startListener: refuse,
    stopListener: refuse,
    getListenerAttribute: refuse,
    listListenerCertificates: refuse,
    tagListener: refuse,
    untagListener: refuse,
    listAsynJobs: refuse,
  };
  const cloud: Cloud = {
    ...operations,
    glance: refuse,
    listenersOf: refuse,
    listenersTagged: refuse,
    seeLoadBalancer: refuse,
    obstacleToCreation: () => reason,
    withTurnToCreate: async (_given, refused) => refused(reason),
    withTurnToSearch: async (_given, refused) => refused(reason),
    dryRun: operations,
  };
  return { site: undefined, problem: reason, isUnlisted: false, cloudFor: () => cloud, close: () => {} };
}
