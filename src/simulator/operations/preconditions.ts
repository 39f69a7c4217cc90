import type { LoadBalancer } from '../inventory.ts';
import { type Listener, transportOf } from '../listener.ts';
import {
  alreadyExists,
  forbidden,
  incorrectStatus,
  notFound,
  operationDenied,
  quotaExceeded,
  type Refusal,
  refuse,
} from '../refusal.ts';
import type { StateView } from '../state.ts';
import type { Context } from './operation.ts';

interface WriteOptions {
  readonly ignoreBusiness?: boolean;
  /** The write may come while its listener is being created. */
  readonly whileCreated?: boolean;
}

/** The load balancer, if the caller may see it. */
export function visibleLoadBalancer(state: StateView, loadBalancerId: string): LoadBalancer | Refusal {
  const loadBalancer = state.inventory.loadBalancers.find((item) => item.LoadBalancerId === loadBalancerId);
  if (loadBalancer === undefined) return notFound('LoadBalancer', loadBalancerId);
  if (loadBalancer.AccessDenied) return forbidden('LoadBalancer');
  return loadBalancer;
}

/** The load balancer, if it takes writes now. A lock or overdue payment weighs more than a passing status. */
export function writableLoadBalancer(
  state: StateView,
  loadBalancerId: string,
  { ignoreBusiness = false, whileCreated = false }: WriteOptions = {},
): LoadBalancer | Refusal {
  const loadBalancer = visibleLoadBalancer(state, loadBalancerId);
  if (isRefusal(loadBalancer)) return loadBalancer;
  if (loadBalancer.ServiceManaged) return operationDenied('ServiceManagedResource');
  const locked =
    loadBalancer.LoadBalancerBussinessStatus !== 'Normal' ||
    loadBalancer.LoadBalancerOperationLocks.length > 0;
  // A locked load balancer still lets listeners be deleted: DeleteListener has no code for the business status.
  if (locked && !ignoreBusiness) {
    return refuse(
      400,
      'IncorrectBusinessStatus.LoadBalancer',
      `The business status of LoadBalancer [${loadBalancerId}] is incorrect.`,
    );
  }
  const status = whileCreated ? loadBalancer.LoadBalancerStatus : loadBalancerStatus(state, loadBalancer);
  if (status !== 'Active') return incorrectStatus('LoadBalancer', loadBalancerId, status);
  return loadBalancer;
}

/** The status as it shows: a creation under way can make the load balancer Configuring. */
export function loadBalancerStatus(state: StateView, loadBalancer: LoadBalancer): string {
  const locks = state.settings.createLocksLoadBalancer && loadBalancer.LoadBalancerStatus === 'Active';
  const creating = processingJobs(state).some(
    (job) => job.OperateType === 'Create' && job.plan.loadBalancerId === loadBalancer.LoadBalancerId,
  );
  return locks && creating ? 'Configuring' : loadBalancer.LoadBalancerStatus;
}

/** The listener and its load balancer, if both take a write now. */
export function writableListener(
  { state }: Context,
  listenerId: string,
  options: WriteOptions = {},
): { readonly listener: Listener; readonly loadBalancer: LoadBalancer } | Refusal {
  const listener = state.listeners.get(listenerId);
  if (listener === undefined) return notFound('Listener', listenerId);
  const isCreated = options.whileCreated === true && listener.ListenerStatus === 'Provisioning';
  const loadBalancer = writableLoadBalancer(state, listener.LoadBalancerId, {
    ...options,
    whileCreated: isCreated,
  });
  if (isRefusal(loadBalancer)) return loadBalancer;
  const isTaken = isCreated ? isChangedBesideCreation(state, listener) : isBusy(state, listener);
  if (isTaken) return busy(state, listener);
  return { listener, loadBalancer };
}

/** The listener, if the caller may see it. */
export function visibleListener(state: StateView, listenerId: string): Listener | Refusal {
  const listener = state.listeners.get(listenerId);
  if (listener === undefined) return notFound('Listener', listenerId);
  const loadBalancer = visibleLoadBalancer(state, listener.LoadBalancerId);
  return isRefusal(loadBalancer) ? loadBalancer : listener;
}

/** Two listeners of one load balancer cannot have the same port on the same transport. */
export function portRefusal(
  state: StateView,
  wanted: Pick<Listener, 'LoadBalancerId' | 'ListenerProtocol' | 'ListenerPort'>,
): Refusal | undefined {
  const holder = [...state.listeners.values()].find(
    (other) =>
      other.LoadBalancerId === wanted.LoadBalancerId &&
      other.ListenerPort === wanted.ListenerPort &&
      transportOf(other.ListenerProtocol) === transportOf(wanted.ListenerProtocol),
  );
  if (holder === undefined) return undefined;
  return alreadyExists('Listener', `${wanted.LoadBalancerId}:${wanted.ListenerPort}`, holder.ListenerId);
}

export function listenerQuotaRefusal(state: StateView, loadBalancerId: string): Refusal | undefined {
  const usage = [...state.listeners.values()].filter(
    (listener) => listener.LoadBalancerId === loadBalancerId,
  ).length;
  const limit = state.settings.quotas.listenersPerLoadBalancer;
  if (usage < limit) return undefined;
  return quotaExceeded('ResourceQuotaExceeded.LoadBalancerListenersNum', loadBalancerId, usage, limit);
}

export function isRefusal(value: object): value is Refusal {
  return 'code' in value && 'message' in value;
}

function isBusy(state: StateView, listener: Listener): boolean {
  switch (listener.ListenerStatus) {
    case 'Configuring':
    case 'Deleting':
      return true;
    case 'Provisioning':
      // Left behind by a failed creation, it can be written to: nothing is at work on it any more.
      return processingJobs(state).some((job) => job.ResourceId === listener.ListenerId);
    case 'Running':
    case 'Stopped':
      return false;
  }
}

function isChangedBesideCreation(state: StateView, listener: Listener): boolean {
  return processingJobs(state).some(
    (job) => job.ResourceId === listener.ListenerId && job.OperateType === 'Update',
  );
}

function busy(state: StateView, listener: Listener): Refusal {
  if (state.settings.busyListenerCode === 'IncorrectStatus.Listener') {
    return incorrectStatus('Listener', listener.ListenerId, listener.ListenerStatus);
  }
  return refuse(
    400,
    'ResourceInConfiguring.Listener',
    `The specified resource ${listener.ListenerId} is in configuring.`,
    listener.ListenerStatus,
  );
}

function processingJobs(state: StateView) {
  return [...state.processing].map((id) => state.jobs.get(id)).filter((job) => job !== undefined);
}
