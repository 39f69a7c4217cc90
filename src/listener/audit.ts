import { z } from 'zod';
import type { Site } from '../alb/api.ts';
import type { Outcome } from '../alb/error.ts';
import { isReady } from './freshness.ts';
import type { Cloud } from './ports.ts';
import { type AlbListener, formatKey } from './resource.ts';

const startedJob = z.object({ jobId: z.string().min(1) });

/** One write to the cloud: who or what caused it, what was asked, and what came of it. */
export interface AuditRecord extends Site {
  /** `namespace/name` of the resource. */
  readonly key: string;
  readonly uid: string;
  readonly generation: number;
  /** What led to the write. */
  readonly cause: Cause;
  /** Operation of the ALB API. */
  readonly operation: string;
  readonly listenerId?: string;
  /** Names of the parameters sent, in lowerCamelCase. Values are in the manifest. */
  readonly fields: readonly string[];
  readonly outcome: 'yes' | 'no' | 'unknown';
  /** Alibaba's code where the outcome is not `yes`. */
  readonly code?: string;
  readonly requestId?: string;
  /** Of the job that it started. */
  readonly jobId?: string;
}

/**
 * - `creation`: the resource has no listener, or one that was not seen with its access control yet.
 * - `edit`: the manifest changed since the listener was last as declared.
 * - `drift`: the listener changed outside Kubernetes.
 * - `deletion`: the resource is deleted.
 */
type Cause = 'creation' | 'edit' | 'drift' | 'deletion';

function causeOf(object: AlbListener): Cause {
  if (object.beingDeleted) return 'deletion';
  const { listenerId, operation, accessGuard } = object.status;
  if (listenerId === undefined || operation?.kind === 'Create' || accessGuard !== undefined)
    return 'creation';
  const wasAsDeclared = isReady(object.status) && object.status.observedGeneration === object.generation;
  return wasAsDeclared ? 'drift' : 'edit';
}

/** The cloud of a site with a record of every write that was sent, for one resource. Reads leave no record. */
export function audited(
  cloud: Cloud,
  site: Site,
  object: AlbListener,
  record: (entry: AuditRecord) => void,
): Cloud {
  const write = async <T>(
    operation: string,
    parameters: object,
    call: Promise<Outcome<T>>,
  ): Promise<Outcome<T>> => {
    const outcome = await call;
    if (outcome.outcome === 'no' && outcome.error.notSent) return outcome;
    const { clientToken, listenerId, ...fields } = { clientToken: '', listenerId: '', ...parameters };
    const id = listenerId === '' ? object.status.listenerId : listenerId;
    record({
      key: formatKey(object.key),
      uid: object.uid,
      generation: object.generation,
      ...site,
      cause: causeOf(object),
      operation,
      ...(id !== undefined && { listenerId: id }),
      fields: Object.keys(fields),
      outcome: outcome.outcome,
      ...resultOf(outcome),
    });
    return outcome;
  };
  return {
    ...cloud,
    withTurnToCreate: (given, refused) =>
      cloud.withTurnToCreate(
        (createListener) =>
          given((parameters) => write('CreateListener', parameters, createListener(parameters))),
        refused,
      ),
    updateListenerAttribute: (parameters) =>
      write('UpdateListenerAttribute', parameters, cloud.updateListenerAttribute(parameters)),
    updateListenerLogConfig: (parameters) =>
      write('UpdateListenerLogConfig', parameters, cloud.updateListenerLogConfig(parameters)),
    associateAdditionalCertificatesWithListener: (listenerId, certificates) =>
      write(
        'AssociateAdditionalCertificatesWithListener',
        { listenerId, certificates },
        cloud.associateAdditionalCertificatesWithListener(listenerId, certificates),
      ),
    dissociateAdditionalCertificatesFromListener: (listenerId, certificates) =>
      write(
        'DissociateAdditionalCertificatesFromListener',
        { listenerId, certificates },
        cloud.dissociateAdditionalCertificatesFromListener(listenerId, certificates),
      ),
    associateAclsWithListener: (listenerId, aclType, aclIds) =>
      write(
        'AssociateAclsWithListener',
        { listenerId, aclType, aclIds },
        cloud.associateAclsWithListener(listenerId, aclType, aclIds),
      ),
    dissociateAclsFromListener: (listenerId, aclIds) =>
      write(
        'DissociateAclsFromListener',
        { listenerId, aclIds },
        cloud.dissociateAclsFromListener(listenerId, aclIds),
      ),
    deleteListener: (listenerId) => write('DeleteListener', { listenerId }, cloud.deleteListener(listenerId)),
    startListener: (listenerId) => write('StartListener', { listenerId }, cloud.startListener(listenerId)),
    stopListener: (listenerId) => write('StopListener', { listenerId }, cloud.stopListener(listenerId)),
    untagListener: (listenerId, keys) =>
      write('UnTagResources', { listenerId, tags: keys }, cloud.untagListener(listenerId, keys)),
    tagListener: (listenerId, tags) =>
      write('TagResources', { listenerId, tags }, cloud.tagListener(listenerId, tags)),
  };
}

function resultOf(outcome: Outcome<unknown>): Pick<AuditRecord, 'code' | 'requestId' | 'jobId'> {
  if (outcome.outcome === 'yes') return { requestId: outcome.requestId, ...jobOf(outcome.value) };
  const { code, requestId } = outcome.error;
  return { code, ...(requestId !== undefined && { requestId }) };
}

/** What a write is answered with names a job, except where it is carried out at once. */
function jobOf(value: unknown): Pick<AuditRecord, 'jobId'> {
  const { success, data } = startedJob.safeParse(value);
  return success ? data : {};
}
