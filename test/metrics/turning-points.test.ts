import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/listener/facts.ts';
import type { Cluster, WriteOutcome } from '../../src/listener/ports.ts';
import type { Reason } from '../../src/listener/reason.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { summarise } from '../../src/listener/summary.ts';
import { LISTENER_ID, sampleObject } from '../listener/sample.ts';
import { fullStatus } from '../support/full-status.ts';
import { type Scrape, valueOf } from '../support/prometheus-text.ts';
import { playedMetrics } from './played.ts';

/** When the clock of these tests stands still, and the object was created. */
const START = '2026-01-01T00:00:00Z';
const { observed, drift } = fullStatus;
const creation = { incarnation: 0, startedAt: START };
/** Written down ahead of the call. */
const attempt = { creation: { ...creation, unsettledAt: START } };
const created = { creation, listenerId: LISTENER_ID };
const operation = { kind: 'Create', jobId: 'job-1', requestId: 'REQ-1', startedAt: START } as const;
const running = { ...created, observed };

/** A status as the operator writes it. */
function told(reason: Reason, facts: Facts = {}): AlbListenerStatus {
  return summarise(sampleObject(), facts, { reason, message: 'As told.' }, Date.parse(START));
}

interface Row {
  readonly reason: string;
  readonly before?: AlbListenerStatus;
  readonly after: AlbListenerStatus;
}

const FIRST_RUNS: readonly Row[] = [
  {
    reason: 'it has been provisioned',
    before: told('Provisioning', { ...created, operation }),
    after: told('Running', running),
  },
  { reason: 'it was found running and nothing was told before', after: told('Running', running) },
];
const NO_FIRST_RUNS: readonly Row[] = [
  { reason: 'it is still on its way', after: told('Provisioning', { ...created, operation }) },
  {
    reason: 'it ran before an edit',
    before: told('Configuring', running),
    after: told('Running', running),
  },
  { reason: 'it ran before it drifted', before: told('Drifted', running), after: told('Running', running) },
  { reason: 'it does not run', after: told('Stopped', running) },
  {
    reason: 'it is created again after others deleted it',
    before: told('Provisioning', { listenerId: LISTENER_ID, creation: { ...creation, incarnation: 1 } }),
    after: told('Running', { ...running, creation: { ...creation, incarnation: 1 } }),
  },
];

const RECOVERIES: readonly Row[] = [
  {
    reason: 'the cloud had not said whether it was created',
    before: told('CreateOutcomeUnknown', attempt),
    after: told('Provisioning', { ...created, operation }),
  },
  {
    reason: 'the process ended between the call and its answer, so that no job is known',
    before: told('Creating', attempt),
    after: told('Provisioning', { ...created, ...attempt }),
  },
];
const NO_RECOVERIES: readonly Row[] = [
  {
    reason: 'the call was answered',
    before: told('Creating', attempt),
    after: told('Provisioning', { ...created, operation }),
  },
  {
    reason: 'there is still no listener',
    before: told('CreateOutcomeUnknown', attempt),
    after: told('CreateOutcomeUnknown', attempt),
  },
  {
    reason: 'the listener was known already',
    before: told('Provisioning', { ...created, ...attempt }),
    after: told('Provisioning', { ...created, ...attempt }),
  },
  {
    reason: 'the cloud had refused the creation, which leaves nothing to recover',
    before: told('InvalidParameter', { creation }),
    after: told('Provisioning', created),
  },
];

const TOLD = [
  {
    what: 'drift that is left so',
    counted: 'reported',
    before: told('Running', running),
    after: told('Drifted', { ...running, drift }),
  },
  {
    what: 'giving up on a listener that does not follow',
    counted: 'convergence',
    before: told('Updating', running),
    after: told('NotConverging', running),
  },
  {
    what: 'a deletion that waits for a person',
    counted: 'deletionGuard',
    before: told('Deleting', running),
    after: told('DeletionHeld', running),
  },
] as const;

describe('the first time that a listener runs as declared', () => {
  it.each(FIRST_RUNS)('is counted when $reason', async ({ before, after }) => {
    expect(turns(await scrapeAfter({ before, after }))).toMatchObject({ firstRuns: 1 });
  });

  it.each(NO_FIRST_RUNS)('is not counted when $reason', async ({ before, after }) => {
    expect(turns(await scrapeAfter({ before, after }))).toMatchObject({ firstRuns: 0 });
  });

  it.each([
    { reason: 'the object was created 42 s ago', createdAt: '2025-12-31T23:59:18Z', seconds: 42 },
    { reason: 'the clock of the API server is ahead', createdAt: '2026-01-01T00:00:05Z', seconds: 0 },
  ])('took $seconds s when $reason', async ({ createdAt, seconds }) => {
    const scrape = await scrapeAfter({ after: told('Running', running), createdAt });
    expect(valueOf(scrape, 'alb_listener_operator_time_to_running_seconds_sum')).toBe(seconds);
  });
});

describe('a creation whose answer was lost', () => {
  it.each(RECOVERIES)('is counted as recovered when $reason', async ({ before, after }) => {
    expect(turns(await scrapeAfter({ before, after }))).toMatchObject({ recovered: 1 });
  });

  it.each(NO_RECOVERIES)('is not counted as recovered when $reason', async ({ before, after }) => {
    expect(turns(await scrapeAfter({ before, after }))).toMatchObject({ recovered: 0 });
  });
});

describe.each(TOLD)('$what', ({ counted, before, after }) => {
  it('is counted when it is told for the first time', async () => {
    expect(turns(await scrapeAfter({ before, after }))).toEqual({ ...NOTHING, [counted]: 1 });
  });

  it('is not counted again while it lasts', async () => {
    expect(turns(await scrapeAfter({ before: after, after }))).toEqual(NOTHING);
  });
});

describe('a status that was not written', () => {
  it.each([{ write: 'conflict' }, { write: 'gone' }, { write: 'failed', message: 'timeout' }] as const)(
    'counts nothing and is answered as it is: $write',
    async (outcome) => {
      expect(turns(await scrapeAfter({ after: told('Running', running), outcome }))).toEqual(NOTHING);
    },
  );
});

interface Write {
  readonly before?: AlbListenerStatus | undefined;
  readonly after: AlbListenerStatus;
  readonly createdAt?: string;
  /** What the cluster answers; that it is written unless given. */
  readonly outcome?: Exclude<WriteOutcome, { write: 'written' }>;
}

/** What is shown after one write of a status; fails if what the cluster answered does not come back. */
async function scrapeAfter({ before, after, createdAt = START, outcome }: Write): Promise<Scrape> {
  const { metrics, scrape } = playedMetrics();
  const object = sampleObject({ createdAt, ...(before !== undefined && { status: before }) });
  const answer: WriteOutcome = outcome ?? { write: 'written', object: { ...object, status: after } };
  const cluster = metrics.measured(clusterThatAnswers(answer, object));
  expect(await cluster.writeStatus(object, after, 'version')).toBe(answer);
  expect(cluster.read(object.key)).toBe(object);
  return scrape();
}

function clusterThatAnswers(answer: WriteOutcome, object: AlbListener): Cluster {
  return {
    read: () => object,
    configMapValue: () => ({ found: 'unread' }),
    referrers: () => [],
    sweep: async () => ({ of: 'object' }),
    holders: () => [],
    claimants: () => [],
    writeStatus: async () => answer,
    addFinalizer: async () => answer,
    removeFinalizer: async () => answer,
    recordEvent: () => {},
  };
}

const NOTHING = { firstRuns: 0, recovered: 0, reported: 0, convergence: 0, deletionGuard: 0 };

function turns(scrape: Scrape): typeof NOTHING {
  const own = (name: string, labels = {}) => valueOf(scrape, `alb_listener_operator_${name}`, labels);
  return {
    firstRuns: own('time_to_running_seconds_count'),
    recovered: own('ambiguous_creations_recovered_total'),
    reported: own('drift_detected_total', { response: 'reported' }),
    convergence: own('breaker_trips_total', { breaker: 'convergence' }),
    deletionGuard: own('breaker_trips_total', { breaker: 'deletionGuard' }),
  };
}
