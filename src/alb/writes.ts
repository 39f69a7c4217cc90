import type { AlbApi } from './api.ts';
import type { Outcome } from './error.ts';

/** Stands around one write: makes the call, or answers in its place. */
export type AroundWrite = <T>(operation: string, call: () => Promise<Outcome<T>>) => Promise<Outcome<T>>;

/** The same API with something around every write, each named by its operation; reads go as before. */
export function aroundWrites(api: AlbApi, around: AroundWrite): AlbApi {
  return {
    ...api,
    createListener: (parameters) => around('CreateListener', () => api.createListener(parameters)),
    updateListenerAttribute: (parameters) =>
      around('UpdateListenerAttribute', () => api.updateListenerAttribute(parameters)),
    deleteListener: (listenerId) => around('DeleteListener', () => api.deleteListener(listenerId)),
    startListener: (listenerId) => around('StartListener', () => api.startListener(listenerId)),
    stopListener: (listenerId) => around('StopListener', () => api.stopListener(listenerId)),
    associateAdditionalCertificatesWithListener: (listenerId, certificates) =>
      around('AssociateAdditionalCertificatesWithListener', () =>
        api.associateAdditionalCertificatesWithListener(listenerId, certificates),
      ),
    dissociateAdditionalCertificatesFromListener: (listenerId, certificates) =>
      around('DissociateAdditionalCertificatesFromListener', () =>
        api.dissociateAdditionalCertificatesFromListener(listenerId, certificates),
      ),
    updateListenerLogConfig: (parameters) =>
      around('UpdateListenerLogConfig', () => api.updateListenerLogConfig(parameters)),
    associateAclsWithListener: (listenerId, aclType, aclIds) =>
      around('AssociateAclsWithListener', () => api.associateAclsWithListener(listenerId, aclType, aclIds)),
    dissociateAclsFromListener: (listenerId, aclIds) =>
      around('DissociateAclsFromListener', () => api.dissociateAclsFromListener(listenerId, aclIds)),
    tagListener: (listenerId, tags) => around('TagResources', () => api.tagListener(listenerId, tags)),
    untagListener: (listenerId, keys) => around('UnTagResources', () => api.untagListener(listenerId, keys)),
  };
}
