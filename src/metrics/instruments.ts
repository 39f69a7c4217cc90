import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from '@prometheus-io/client';

/** Milliseconds to a minute, as controller-runtime has it. */
const RECONCILE_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** 10 ns to 1000 s by tens, as client-go has it. */
const QUEUE_SECONDS = exponentialBuckets(10e-9, 10, 12);
/** A call is given up after 10 s. */
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const TO_RUNNING_SECONDS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/**
 * Every metric of the operator: names, help, labels and buckets. `docs/metrics.md` is generated from here.
 *
 * The first three groups have exactly the names, labels and buckets of controller-runtime and client-go, so that
 * dashboards made for those fit.
 *
 * No label holds what users name or the cloud numbers (resources, namespaces, listeners, load balancers): each of them
 * would be a time series of its own, for as long as Prometheus remembers. Which object it is stands in its status, in
 * events and in the log.
 */
export function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    // The controller.
    reconciles: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciles by what came of them: success (nothing to do until something changes), requeue (again at once), requeue_after (again after a time), error (again after a backoff).',
      labelNames: ['controller', 'result'],
      registers,
    }),
    reconcileErrors: new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciles that could not do their work: a write to the cluster failed, or the cloud gave no answer.',
      labelNames: ['controller'],
      registers,
    }),
    terminalErrors: new Counter({
      name: 'controller_runtime_terminal_reconcile_errors_total',
      help: 'Always 0: what only a person can mend is no failed reconcile, but a reason of the listener.',
      labelNames: ['controller'],
      registers,
    }),
    reconcilePanics: new Counter({
      name: 'controller_runtime_reconcile_panics_total',
      help: 'Reconciles that threw, which is a bug.',
      labelNames: ['controller'],
      registers,
    }),
    reconcileTimeouts: new Counter({
      name: 'controller_runtime_reconcile_timeouts_total',
      help: 'Always 0: every call in a reconcile has a deadline, the reconcile itself has none.',
      labelNames: ['controller'],
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'How long reconciles take.',
      labelNames: ['controller'],
      buckets: RECONCILE_SECONDS,
      registers,
    }),
    maxConcurrent: new Gauge({
      name: 'controller_runtime_max_concurrent_reconciles',
      help: 'How many reconciles may run at once.',
      labelNames: ['controller'],
      registers,
    }),
    activeWorkers: new Gauge({
      name: 'controller_runtime_active_workers',
      help: 'How many reconciles run now.',
      labelNames: ['controller'],
      registers,
    }),

    // The queue.
    queueDepth: new Gauge({
      name: 'workqueue_depth',
      help: 'Resources that wait for a worker. The priority is 100 after an edit, 0 for work that goes on and -100 for a routine look.',
      labelNames: ['name', 'controller', 'priority'],
      registers,
    }),
    queueAdds: new Counter({
      name: 'workqueue_adds_total',
      help: 'How often a resource came to wait for a worker.',
      labelNames: ['name', 'controller'],
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long resources wait for a worker.',
      labelNames: ['name', 'controller'],
      buckets: QUEUE_SECONDS,
      registers,
    }),
    workSeconds: new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long resources are with a worker.',
      labelNames: ['name', 'controller'],
      buckets: QUEUE_SECONDS,
      registers,
    }),
    unfinishedSeconds: new Gauge({
      name: 'workqueue_unfinished_work_seconds',
      help: 'For how long the reconciles that run now have been running, summed up. One that hangs makes it grow for ever.',
      labelNames: ['name', 'controller'],
      registers,
    }),
    longestRunningSeconds: new Gauge({
      name: 'workqueue_longest_running_processor_seconds',
      help: 'For how long the oldest of the reconciles that run now has been running.',
      labelNames: ['name', 'controller'],
      registers,
    }),
    queueRetries: new Counter({
      name: 'workqueue_retries_total',
      help: 'How often a resource was sent back to wait for its backoff.',
      labelNames: ['name', 'controller'],
      registers,
    }),

    // The API server.
    apiRequests: new Counter({
      name: 'rest_client_requests_total',
      help: 'HTTP requests to the API server, by status; <error> where no answer came.',
      labelNames: ['code', 'method', 'host'],
      registers,
    }),
    isLeader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this replica leads, 0 while it stands by. By the name of the Lease; none without an election.',
      labelNames: ['name'],
      registers,
    }),

    // The cloud.
    calls: new Counter({
      name: 'alb_listener_operator_api_calls_total',
      help: "Calls to the ALB API. The outcome is yes, no (refused: nothing changed) or unknown (it may have taken effect). The code is OK, Alibaba Cloud's, or a word for an answer that did not come (Timeout, ConnectionReset, ...); past 64 codes Other.",
      labelNames: ['operation', 'outcome', 'code'],
      registers,
    }),
    callSeconds: new Histogram({
      name: 'alb_listener_operator_api_call_duration_seconds',
      help: 'How long calls to the ALB API take.',
      labelNames: ['operation'],
      buckets: CALL_SECONDS,
      registers,
    }),
    throttled: new Counter({
      name: 'alb_listener_operator_api_throttled_total',
      help: 'Calls that the ALB API turned away because there were too many.',
      labelNames: ['operation'],
      registers,
    }),
    budgetLeft: new Gauge({
      name: 'alb_listener_operator_budget_calls_left',
      help: 'Calls that may go at once, by operation, account and region; past 20 accounts and regions the fewest in any Other.',
      labelNames: ['account', 'region', 'operation'],
      registers,
    }),
    budgetRate: new Gauge({
      name: 'alb_listener_operator_budget_calls_per_minute',
      help: 'Calls a minute that are asked of the cloud at present, by operation, account and region. Below ALB_CALLS_PER_MINUTE after throttling. Past 20 accounts and regions the fewest in any Other.',
      labelNames: ['account', 'region', 'operation'],
      registers,
    }),
    lanes: new Gauge({
      name: 'alb_listener_operator_lanes',
      help: 'Load balancers that were written to within the hour: open to writes, or closed because they are busy.',
      labelNames: ['state'],
      registers,
    }),
    laneInFlight: new Gauge({
      name: 'alb_listener_operator_lane_writes_in_flight',
      help: 'Writes that are on their way, to all load balancers together.',
      registers,
    }),
    laneDepth: new Gauge({
      name: 'alb_listener_operator_lane_depth',
      help: 'About how many writes wait for the load balancer for which most do.',
      registers,
    }),
    trips: new Counter({
      name: 'alb_listener_operator_breaker_trips_total',
      help: 'How often the operator began to hold back: budget (the cloud throttles an operation), lane (a load balancer is busy), noAnswer (an account and region, or STS, does not answer), convergence (the cloud accepts an update and does not follow it), deletionGuard (the namespace or the CRD is being deleted).',
      labelNames: ['breaker'],
      registers,
    }),
    credentialsExpireAt: new Gauge({
      name: 'alb_listener_operator_credentials_expiry_timestamp_seconds',
      help: 'When the access key in use ends, in seconds since 1970. Only for the keys of a role (RRSA).',
      labelNames: ['source'],
      registers,
    }),

    // The listeners.
    phases: new Gauge({
      name: 'alb_listener_operator_listeners',
      help: 'AlbListeners by status.phase; New without one. Every replica counts them all.',
      labelNames: ['phase'],
      registers,
    }),
    reasons: new Gauge({
      name: 'alb_listener_operator_listeners_by_reason',
      help: 'AlbListeners by the reason of their Ready condition, and by where that puts them: ready, reconciling, stalled (a person must act), suspended or new. Every replica counts them all.',
      labelNames: ['reason', 'stance'],
      registers,
    }),
    drifted: new Gauge({
      name: 'alb_listener_operator_listeners_drifted',
      help: 'AlbListeners whose listener others have changed, and that leave it so (driftPolicy: Report).',
      registers,
    }),
    toRunning: new Histogram({
      name: 'alb_listener_operator_time_to_running_seconds',
      help: 'From the creation of an AlbListener to the first time that its listener was seen to run as declared.',
      buckets: TO_RUNNING_SECONDS,
      registers,
    }),
    writes: new Counter({
      name: 'alb_listener_operator_writes_total',
      help: 'Writes to the cloud by what led to them: creation, edit, drift or deletion.',
      labelNames: ['operation', 'cause', 'outcome'],
      registers,
    }),
    drifts: new Counter({
      name: 'alb_listener_operator_drift_detected_total',
      help: 'How often a listener that ran as declared was found changed by others: corrected, or reported and left so.',
      labelNames: ['response'],
      registers,
    }),
    recovered: new Counter({
      name: 'alb_listener_operator_ambiguous_creations_recovered_total',
      help: 'Creations whose answer was lost and whose listener was found all the same, so that no second one was made.',
      registers,
    }),

    // The program.
    build: new Gauge({
      name: 'alb_listener_operator_build_info',
      help: 'Always 1.',
      labelNames: ['version'],
      registers,
    }),
  };
}
