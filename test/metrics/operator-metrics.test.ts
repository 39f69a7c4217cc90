import { beforeEach, describe, expect, it } from 'vitest';
import type { AlbErrorClass, Outcome } from '../../src/alb/error.ts';
import type { AuditRecord } from '../../src/listener/audit.ts';
import type { OperatorMetrics } from '../../src/metrics/operator-metrics.ts';
import type { Result } from '../../src/runtime/controller.ts';
import { sampleError, UID } from '../listener/sample.ts';
import { SITE } from '../support/one-account.ts';
import { valueOf } from '../support/prometheus-text.ts';
import { countsOf, IDLE, type PlayedMetrics, playedMetrics } from './played.ts';

let played: PlayedMetrics;
let metrics: OperatorMetrics;
beforeEach(() => {
  played = playedMetrics();
  ({ metrics } = played);
});

describe('a scrape before anything has happened', () => {
  it.each([
    ['controller_runtime_reconcile_total', 'result', ['success', 'requeue', 'requeue_after', 'error']],
    ['controller_runtime_reconcile_errors_total', 'controller', ['alblistener']],
    ['controller_runtime_terminal_reconcile_errors_total', 'controller', ['alblistener']],
    ['controller_runtime_reconcile_panics_total', 'controller', ['alblistener']],
    ['controller_runtime_reconcile_timeouts_total', 'controller', ['alblistener']],
    ['controller_runtime_reconcile_time_seconds_count', 'controller', ['alblistener']],
    ['controller_runtime_active_workers', 'controller', ['alblistener']],
    ['workqueue_adds_total', 'name', ['alblistener']],
    ['workqueue_retries_total', 'name', ['alblistener']],
    ['workqueue_queue_duration_seconds_count', 'name', ['alblistener']],
    ['workqueue_work_duration_seconds_count', 'name', ['alblistener']],
    [
      'alb_listener_operator_breaker_trips_total',
      'breaker',
      ['budget', 'lane', 'noAnswer', 'convergence', 'deletionGuard'],
    ],
    ['alb_listener_operator_drift_detected_total', 'response', ['corrected', 'reported']],
  ] as const)(
    'shows %s at zero, since rate() does not see what begins above it',
    async (name, label, values) => {
      const samples = (await played.scrape()).samples.filter((sample) => sample.name === name);
      expect(samples.map(({ labels }) => labels[label])).toEqual(values);
      expect(samples.map(({ value }) => value)).toEqual(values.map(() => 0));
    },
  );

  it('tells the version, and of the process', async () => {
    metrics.watchProcess();
    const scrape = await played.scrape();
    expect(valueOf(scrape, 'alb_listener_operator_build_info', { version: '1.2.3' })).toBe(1);
    expect(valueOf(scrape, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('is in the text format of Prometheus', async () => {
    const { contentType } = await metrics.scrape();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });
});

describe('requests to the API server', () => {
  it('are counted by method and status, and apart where no answer came', async () => {
    metrics.onApiRequest('GET', 200);
    metrics.onApiRequest('GET', 200);
    metrics.onApiRequest('PATCH', 409);
    metrics.onApiRequest('GET', undefined);
    expect(countsOf(await played.scrape(), 'rest_client_requests_total', 'method', 'code', 'host')).toEqual({
      'GET 200 cluster.example:6443': 2,
      'PATCH 409 cluster.example:6443': 1,
      'GET <error> cluster.example:6443': 1,
    });
  });
});

describe('calls to the cloud', () => {
  const refused = (code: string, errorClass: AlbErrorClass = 'invalidParameter'): Outcome<never> => ({
    outcome: 'no',
    error: sampleError(errorClass, { code }),
  });
  const lost: Outcome<never> = {
    outcome: 'unknown',
    error: sampleError('unavailable', { code: 'Timeout' }),
  };
  const answered: Outcome<unknown> = { outcome: 'yes', value: {}, requestId: 'REQ-1' };
  const call = (outcome: Outcome<unknown>, tookMs = 100) =>
    metrics.onCall({ operation: 'CreateListener', outcome, tookMs });
  const codes = async () =>
    countsOf(await played.scrape(), 'alb_listener_operator_api_calls_total', 'outcome', 'code');

  it('are counted by what came of them', async () => {
    for (const outcome of [answered, answered, refused('QuotaExceeded.Listener'), lost]) call(outcome);
    expect(await codes()).toEqual({ 'yes OK': 2, 'no QuotaExceeded.Listener': 1, 'unknown Timeout': 1 });
  });

  it('are counted as Other past 64 codes, and those that were there first go on', async () => {
    const made = Array.from({ length: 200 }, (_, place) => `Invented.Code${place}`);
    for (const code of [...made, 'Invented.Code0', 'not a code', '__proto__']) call(refused(code));
    const counted = await codes();
    expect(Object.keys(counted)).toHaveLength(65);
    expect(counted['no Other']).toBe(200 - 64 + 2);
    expect(counted['no Invented.Code0']).toBe(2);
  });

  it('take seconds', async () => {
    call(answered, 300);
    call(lost, 1700);
    const scrape = await played.scrape();
    const series = 'alb_listener_operator_api_call_duration_seconds';
    const operation = 'CreateListener';
    expect(valueOf(scrape, `${series}_sum`, { operation })).toBe(2);
    expect(valueOf(scrape, `${series}_bucket`, { operation, le: '0.5' })).toBe(1);
  });

  it('that were turned away for their number are counted, from zero on', async () => {
    const throttled = async () =>
      (await played.scrape()).samples.filter(
        ({ name }) => name === 'alb_listener_operator_api_throttled_total',
      );
    call(answered);
    expect(await throttled()).toMatchObject([{ labels: { operation: 'CreateListener' }, value: 0 }]);
    call(refused('Throttling.User', 'throttled'));
    call(refused('InvalidParameter'));
    expect(await throttled()).toMatchObject([{ value: 1 }]);
  });
});

describe('writes to the cloud', () => {
  const record: AuditRecord = {
    key: 'shop/web',
    uid: UID,
    generation: 1,
    ...SITE,
    cause: 'creation',
    operation: 'CreateListener',
    fields: ['listenerPort'],
    outcome: 'yes',
  };

  it('are counted by what led to them, without a name', async () => {
    metrics.onWrite(record);
    metrics.onWrite({ ...record, cause: 'edit', operation: 'UpdateListenerAttribute', outcome: 'unknown' });
    const scrape = await played.scrape();
    const series = 'alb_listener_operator_writes_total';
    expect(countsOf(scrape, series, 'operation', 'cause', 'outcome')).toEqual({
      'CreateListener creation yes': 1,
      'UpdateListenerAttribute edit unknown': 1,
    });
    expect(JSON.stringify(scrape.samples)).not.toContain('web');
  });

  it('that turn back what others changed are counted as drift that was corrected', async () => {
    metrics.onWrite({ ...record, cause: 'drift', operation: 'UpdateListenerAttribute' });
    metrics.onWrite({ ...record, cause: 'deletion', operation: 'DeleteListener' });
    const scrape = await played.scrape();
    expect(countsOf(scrape, 'alb_listener_operator_drift_detected_total', 'response')).toEqual({
      corrected: 1,
    });
  });
});

describe('reconciles', () => {
  const RUNS: readonly { readonly result: Result; readonly as: string }[] = [
    { result: { next: 'done' }, as: 'success' },
    { result: { next: 'onward' }, as: 'requeue' },
    { result: { next: 'poll', ms: 0 }, as: 'requeue' },
    { result: { next: 'poll', ms: 2000 }, as: 'requeue_after' },
    { result: { next: 'after', ms: 600_000 }, as: 'requeue_after' },
    { result: { next: 'retry' }, as: 'error' },
  ];

  it.each(RUNS)('that come to $result count as $as', async ({ result, as }) => {
    metrics.controller.began();
    metrics.controller.ended({ result, threw: false, tookMs: 250 });
    const scrape = await played.scrape();
    expect(countsOf(scrape, 'controller_runtime_reconcile_total', 'result')).toEqual({ [as]: 1 });
    expect(valueOf(scrape, 'controller_runtime_reconcile_errors_total')).toBe(as === 'error' ? 1 : 0);
    expect(valueOf(scrape, 'controller_runtime_reconcile_panics_total')).toBe(0);
    expect(valueOf(scrape, 'controller_runtime_reconcile_time_seconds_sum')).toBe(0.25);
  });

  it('that threw count as panics and as errors', async () => {
    metrics.controller.began();
    metrics.controller.ended({ result: { next: 'retry' }, threw: true, tookMs: 1 });
    const scrape = await played.scrape();
    expect(valueOf(scrape, 'controller_runtime_reconcile_panics_total')).toBe(1);
    expect(valueOf(scrape, 'controller_runtime_reconcile_errors_total')).toBe(1);
  });

  it('that run are counted while they do', async () => {
    metrics.controller.began();
    metrics.controller.began();
    metrics.controller.ended({ result: { next: 'done' }, threw: false, tookMs: 1 });
    expect(valueOf(await played.scrape(), 'controller_runtime_active_workers')).toBe(1);
  });
});

describe('what is looked at when somebody scrapes', () => {
  it('is what is there at that moment, as often as one scrapes', async () => {
    let waiting = 3;
    metrics.watch({
      ...IDLE,
      workers: 7,
      queueDepth: () => ({ ready: { high: waiting, normal: 2, low: 1 }, delayed: 40, processing: 7 }),
    });
    const depths = async () => countsOf(await played.scrape(), 'workqueue_depth', 'priority');
    expect(await depths()).toEqual({ '100': 3, '0': 2, '-100': 1 });
    waiting = 0;
    expect(await depths()).toEqual({ '0': 2, '-100': 1 });
    expect(valueOf(await played.scrape(), 'controller_runtime_max_concurrent_reconciles')).toBe(7);
  });

  it('is what each account has left in each region, as long as somebody works there, and the lanes of all together', async () => {
    const lanes = { open: 1, closed: 2, inFlight: 3, deepest: 4 };
    const budget = [{ operation: 'CreateListener', left: 9, callsPerMinute: 160 }];
    const home = { ...SITE, budget, lanes };
    const away = { ...SITE, accountId: '2', budget, lanes: { ...lanes, deepest: 40 } };
    let sites = [home, away];
    metrics.watch({ ...IDLE, cloudLoad: () => sites });
    const left = async () =>
      countsOf(await played.scrape(), 'alb_listener_operator_budget_calls_left', 'account', 'region');
    expect(await left()).toEqual({ [`${SITE.accountId} ${SITE.regionId}`]: 9, '2 cn-hangzhou': 9 });
    const scrape = await played.scrape();
    expect(countsOf(scrape, 'alb_listener_operator_lanes', 'state')).toEqual({ open: 2, closed: 4 });
    expect(valueOf(scrape, 'alb_listener_operator_lane_writes_in_flight')).toBe(6);
    expect(valueOf(scrape, 'alb_listener_operator_lane_depth')).toBe(40);
    sites = [away];
    expect(await left()).toEqual({ '2 cn-hangzhou': 9 });
  });

  it('is who leads, and nothing of it where nobody is elected', async () => {
    const leaders = async () =>
      (await played.scrape()).samples.filter(({ name }) => name === 'leader_election_master_status');
    metrics.watch(IDLE);
    expect(await leaders()).toEqual([]);
    metrics.watch({ ...IDLE, election: { leaseName: 'the-lease', isLeading: false } });
    expect(await leaders()).toMatchObject([{ labels: { name: 'the-lease' }, value: 0 }]);
    metrics.watch({ ...IDLE, election: { leaseName: 'the-lease', isLeading: true } });
    expect(await leaders()).toMatchObject([{ labels: { name: 'the-lease' }, value: 1 }]);
  });
});

describe('holding back', () => {
  it('is counted by what holds back', async () => {
    metrics.onTrip('lane');
    metrics.onTrip('lane');
    metrics.onTrip('budget');
    const scrape = await played.scrape();
    expect(countsOf(scrape, 'alb_listener_operator_breaker_trips_total', 'breaker')).toEqual({
      lane: 2,
      budget: 1,
    });
  });
});

describe('two operators in one process', () => {
  it('do not count into each other', async () => {
    const other = playedMetrics();
    other.metrics.onTrip('lane');
    expect(valueOf(await played.scrape(), 'alb_listener_operator_breaker_trips_total')).toBe(0);
  });
});
