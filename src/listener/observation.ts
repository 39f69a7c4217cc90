import type { AsynJob, ListedListener, ListenerAttribute } from '../alb/api.ts';
import type { AlbError, Outcome } from '../alb/error.ts';
import { type Claim, claimOf, readClaim, rivalThatComesFirst, transportOf } from './claim.ts';
import { type Ownership, ownershipOf } from './ownership.ts';
import type { Cloud, Cluster } from './ports.ts';
import type { AlbListener } from './resource.ts';
import { type AlbListenerSpec, type Problem, readSpec } from './schema/spec.ts';

/** What the cloud showed. */
export type Sight =
  /** The listener whose id is in the status. */
  | { readonly seen: 'present'; readonly listener: ListenerAttribute; readonly job: AsynJob | undefined }
  /** There is no listener with the id in the status. */
  | { readonly seen: 'absent'; readonly job: AsynJob | undefined }
  /** The listener that the user wants to be taken over; `undefined` when there is none. */
  | { readonly seen: 'candidate'; readonly listener: ListenerAttribute | undefined }
  /** No id is known, and a listener stands on the port. */
  | { readonly seen: 'occupied'; readonly listener: ListedListener; readonly ownership: Ownership }
  /** No id is known, and no listener is to be seen on the port. */
  | { readonly seen: 'free' }
  /** The cloud did not say. */
  | { readonly seen: 'unreadable'; readonly error: AlbError };

/** What was found out about a resource that shall have a listener, before anything is decided. */
export type Observation =
  /** The stored spec breaks a rule. The cloud was not asked. */
  | { readonly of: 'spec'; readonly problems: readonly Problem[] }
  /** Another resource claims the port and comes first. The cloud was not asked. */
  | { readonly of: 'cluster'; readonly rival: AlbListener }
  | { readonly of: 'cloud'; readonly spec: AlbListenerSpec; readonly sight: Sight };

/** Looks at a resource that shall have a listener. Reads only. */
export async function observeLife(object: AlbListener, cluster: Cluster, cloud: Cloud): Promise<Observation> {
  const reading = readSpec(object.spec);
  if (!reading.ok) return { of: 'spec', problems: reading.problems };
  const { spec } = reading;
  const { listenerId, creation } = object.status;
  if (listenerId !== undefined)
    return { of: 'cloud', spec, sight: await lookById(object, listenerId, cloud) };

  const claim = claimOf(spec);
  // A creation whose outcome is unknown goes first: what it may have made must be found, rival or not.
  if (creation?.unsettledAt === undefined) {
    const rival = rivalThatComesFirst(object, cluster.claimants(claim));
    if (rival !== undefined) return { of: 'cluster', rival };
  }
  const sight =
    spec.adopt === undefined ? lookAtPort(object, claim, cloud) : lookAtCandidate(spec.adopt, cloud);
  return { of: 'cloud', spec, sight: await sight };
}

/** Looks at a resource that shall go. It does not need a valid spec, only the port it claimed. Reads only. */
export async function observeDeletion(object: AlbListener, cloud: Cloud): Promise<Sight> {
  const { listenerId } = object.status;
  if (listenerId !== undefined) return lookById(object, listenerId, cloud);
  const claim = readClaim(object.spec);
  return claim === undefined ? { seen: 'free' } : lookAtPort(object, claim, cloud);
}

async function lookById(object: AlbListener, listenerId: string, cloud: Cloud): Promise<Sight> {
  const listener = await cloud.getListenerAttribute(listenerId);
  if (listener.outcome === 'yes') {
    const job = (await pendingJob(object, cloud)) ?? (await lostJob(object, listener.value, cloud));
    return { seen: 'present', listener: listener.value, job };
  }
  if (!isAbsence(listener)) return { seen: 'unreadable', error: listener.error };
  return { seen: 'absent', job: await pendingJob(object, cloud) };
}

async function lookAtCandidate(adopt: { readonly listenerId: string }, cloud: Cloud): Promise<Sight> {
  const listener = await cloud.getListenerAttribute(adopt.listenerId);
  if (listener.outcome === 'yes') return { seen: 'candidate', listener: listener.value };
  return isAbsence(listener)
    ? { seen: 'candidate', listener: undefined }
    : { seen: 'unreadable', error: listener.error };
}

async function lookAtPort(object: AlbListener, claim: Claim, cloud: Cloud): Promise<Sight> {
  const listed = await cloud.listListeners({ loadBalancerIds: [claim.loadBalancerId] });
  if (listed.outcome !== 'yes') {
    return isAbsence(listed) ? { seen: 'free' } : { seen: 'unreadable', error: listed.error };
  }
  const listener = listed.value.find(
    (candidate) =>
      candidate.loadBalancerId === claim.loadBalancerId &&
      candidate.listenerPort === claim.listenerPort &&
      transportOf(candidate.listenerProtocol) === claim.transport,
  );
  if (listener === undefined) return { seen: 'free' };
  return { seen: 'occupied', listener, ownership: ownershipOf(listener.tags, object.uid) };
}

/** No listener and no load balancer are both an absence; "forbidden" or no answer never is. */
function isAbsence(answer: Exclude<Outcome<unknown>, { outcome: 'yes' }>): boolean {
  if (answer.outcome === 'unknown') return false;
  return answer.error.class === 'listenerNotFound' || answer.error.class === 'loadBalancerNotFound';
}

/**
 * The job tells a failed operation from a slow one. It is a help, not a condition: without the permission to list
 * jobs, or once the cloud has forgotten the job, the listener itself decides.
 */
async function pendingJob(object: AlbListener, cloud: Cloud): Promise<AsynJob | undefined> {
  const { operation } = object.status;
  if (operation === undefined) return undefined;
  const jobs = await cloud.listAsynJobs({ jobIds: [operation.jobId] });
  return jobs.outcome === 'yes' ? jobs.value.find((job) => job.id === operation.jobId) : undefined;
}

/** A listener found without its create answer has a job all the same: it says whether to go on waiting. */
async function lostJob(
  object: AlbListener,
  { listenerId, listenerStatus }: ListenerAttribute,
  cloud: Cloud,
): Promise<AsynJob | undefined> {
  if (object.status.operation !== undefined || listenerStatus !== 'Provisioning') return undefined;
  const jobs = await cloud.listAsynJobs({ resourceIds: [listenerId], apiName: 'CreateListener' });
  return jobs.outcome === 'yes' ? jobs.value.find((job) => job.resourceId === listenerId) : undefined;
}
