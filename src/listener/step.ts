import type {
  AclType,
  AlbApi,
  Done,
  ListenerSettings,
  StartedJob,
  Tag,
  UpdateListenerLogConfigParameters,
} from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import type { Difference } from './difference.ts';

/** Everything in which a listener is not as declared, and the calls that change it, in their order. */
export interface Plan {
  readonly differences: readonly Difference[];
  readonly steps: readonly Step[];
}

export type LogSettings = Omit<UpdateListenerLogConfigParameters, 'listenerId'>;

/** One call to the cloud that brings a listener closer to its declaration. */
export type Step =
  | { readonly call: 'update'; readonly parameters: ListenerSettings }
  | { readonly call: 'updateLogConfig'; readonly parameters: LogSettings }
  | {
      readonly call: 'associateCertificates' | 'dissociateCertificates';
      readonly certificateIds: readonly string[];
    }
  | { readonly call: 'associateAcls'; readonly aclType: AclType; readonly aclIds: readonly string[] }
  | { readonly call: 'dissociateAcls'; readonly aclIds: readonly string[] }
  | { readonly call: 'tag'; readonly tags: readonly Tag[] }
  | { readonly call: 'untag'; readonly keys: readonly string[] }
  | { readonly call: 'start' }
  | { readonly call: 'stop' };

/** The operations that steps are made of. */
export type StepOperations = Pick<
  AlbApi,
  | 'updateListenerAttribute'
  | 'updateListenerLogConfig'
  | 'associateAdditionalCertificatesWithListener'
  | 'dissociateAdditionalCertificatesFromListener'
  | 'associateAclsWithListener'
  | 'dissociateAclsFromListener'
  | 'startListener'
  | 'stopListener'
  | 'tagListener'
  | 'untagListener'
>;

/** Makes the call. */
export async function carryOut(
  step: Step,
  listenerId: string,
  cloud: StepOperations,
): Promise<Outcome<StartedJob | Done>> {
  switch (step.call) {
    case 'update':
      return cloud.updateListenerAttribute({ listenerId, ...step.parameters });
    case 'updateLogConfig':
      return cloud.updateListenerLogConfig({ listenerId, ...step.parameters });
    case 'associateCertificates':
      return cloud.associateAdditionalCertificatesWithListener(listenerId, certificatesOf(step));
    case 'dissociateCertificates':
      return cloud.dissociateAdditionalCertificatesFromListener(listenerId, certificatesOf(step));
    case 'associateAcls':
      return cloud.associateAclsWithListener(listenerId, step.aclType, step.aclIds);
    case 'dissociateAcls':
      return cloud.dissociateAclsFromListener(listenerId, step.aclIds);
    case 'tag':
      return cloud.tagListener(listenerId, step.tags);
    case 'untag':
      return cloud.untagListener(listenerId, step.keys);
    case 'start':
      return cloud.startListener(listenerId);
    case 'stop':
      return cloud.stopListener(listenerId);
  }
}

/** The operation of the ALB API, for people. */
export function operationOf(step: Step): string {
  switch (step.call) {
    case 'update':
      return 'UpdateListenerAttribute';
    case 'updateLogConfig':
      return 'UpdateListenerLogConfig';
    case 'associateCertificates':
      return 'AssociateAdditionalCertificatesWithListener';
    case 'dissociateCertificates':
      return 'DissociateAdditionalCertificatesFromListener';
    case 'associateAcls':
      return 'AssociateAclsWithListener';
    case 'dissociateAcls':
      return 'DissociateAclsFromListener';
    case 'tag':
      return 'TagResources';
    case 'untag':
      return 'UnTagResources';
    case 'start':
      return 'StartListener';
    case 'stop':
      return 'StopListener';
  }
}

/** Paths below `spec` that the call brings in place. */
export function fieldsOf(step: Step): readonly string[] {
  switch (step.call) {
    case 'update':
      return Object.keys(step.parameters);
    case 'updateLogConfig':
      return Object.keys(step.parameters).map((name) => `logConfig.${name}`);
    case 'associateCertificates':
    case 'dissociateCertificates':
      return ['additionalCertificates'];
    case 'associateAcls':
    case 'dissociateAcls':
      return ['aclConfig'];
    case 'tag':
    case 'untag':
      return ['tags'];
    case 'start':
    case 'stop':
      return ['listenerState'];
  }
}

function certificatesOf({ certificateIds }: { readonly certificateIds: readonly string[] }) {
  return certificateIds.map((certificateId) => ({ certificateId }));
}
