import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { REASONS } from '../../src/listener/reason.ts';
import { PHASES } from '../../src/listener/schema/status.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { Store } from '../../src/runtime/store.ts';
import { hostileText } from '../fuzz/hostile.ts';
import { fullStatus } from '../support/full-status.ts';
import { valueOf } from '../support/prometheus-text.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { countsOf, type PlayedMetrics, playedMetrics } from './played.ts';

let played: PlayedMetrics;
let store: Store;
beforeEach(() => {
  ({ played, store } = counted());
});

/** A store whose objects are counted from the beginning. */
function counted() {
  const played = playedMetrics();
  const store = new Store({}, recordingLogger());
  store.subscribe(played.metrics.census.follow);
  return { played, store };
}

let version = 0;
function listener(name: string, status?: unknown): KubeObject {
  version += 1;
  return {
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: { namespace: 'shop', name, uid: `uid-of-${name}`, resourceVersion: String(version) },
    status,
  };
}

function standing(phase: string, reason: string, parts: object = {}): object {
  return { phase, conditions: [{ type: 'Ready', reason }], ...parts };
}

function counts() {
  return countsIn(played);
}

async function countsIn({ scrape: scraped }: PlayedMetrics) {
  const scrape = await scraped();
  return {
    phases: countsOf(scrape, 'alb_listener_operator_listeners', 'phase'),
    reasons: countsOf(scrape, 'alb_listener_operator_listeners_by_reason', 'reason', 'stance'),
    drifted: valueOf(scrape, 'alb_listener_operator_listeners_drifted'),
  };
}

describe('the census of AlbListeners', () => {
  it('names every phase and every reason before there is any object, so that nothing is missing at zero', async () => {
    const { samples } = await played.scrape();
    const labels = (series: string, label: string) =>
      samples.filter(({ name }) => name === series).map((sample) => sample.labels[label]);
    expect(labels('alb_listener_operator_listeners', 'phase')).toEqual(['New', ...PHASES]);
    expect(labels('alb_listener_operator_listeners_by_reason', 'reason')).toEqual([
      'New',
      ...Object.keys(REASONS),
    ]);
  });

  it('counts what the first list brings, and what comes after it', async () => {
    store.replace([listener('a', standing('Running', 'Running')), listener('b')]);
    store.apply(listener('c', standing('Failed', 'PortClaimed')));
    expect(await counts()).toEqual({
      phases: { New: 1, Running: 1, Failed: 1 },
      reasons: { 'New new': 1, 'Running ready': 1, 'PortClaimed stalled': 1 },
      drifted: 0,
    });
  });

  it('moves an object that moves, and forgets one that goes', async () => {
    store.apply(listener('a'));
    store.apply(listener('a', standing('Provisioning', 'Provisioning')));
    store.apply(listener('a', standing('Failed', 'Drifted', { drift: [{ path: 'idleTimeout' }] })));
    expect(await counts()).toEqual({
      phases: { Failed: 1 },
      reasons: { 'Drifted stalled': 1 },
      drifted: 1,
    });
    store.remove(listener('a', standing('Failed', 'Drifted', { drift: [{ path: 'idleTimeout' }] })));
    expect(await counts()).toEqual({ phases: {}, reasons: {}, drifted: 0 });
  });

  it('counts an object that was made anew under its name once', async () => {
    store.apply(listener('a', standing('Running', 'Running')));
    const anew = listener('a');
    store.apply({ ...anew, metadata: { ...anew.metadata, uid: 'another' } });
    expect(await counts()).toEqual({ phases: { New: 1 }, reasons: { 'New new': 1 }, drifted: 0 });
  });

  it.each([
    { why: 'there is none', status: undefined },
    { why: 'it is no object', status: 'Running' },
    { why: 'phase and reason are unknown', status: standing('Flying', 'Flying') },
    { why: 'they have a meaning of their own in JavaScript', status: standing('__proto__', 'constructor') },
    { why: 'its parts have other types', status: { phase: 7, drift: 'much', conditions: { Ready: true } } },
    { why: 'a condition is half a one', status: { conditions: [{ type: 'Ready' }] } },
    { why: 'another condition has the reason', status: { conditions: [{ type: 'Up', reason: 'Running' }] } },
    { why: 'its drift is empty', status: { drift: [] } },
  ])('takes a status for new when $why', async ({ status }) => {
    store.apply(listener('a', status));
    expect(await counts()).toEqual({ phases: { New: 1 }, reasons: { 'New new': 1 }, drifted: 0 });
  });

  it('knows a status as the operator writes it', async () => {
    store.apply(listener('a', fullStatus));
    expect(await counts()).toEqual({
      phases: { Running: 1 },
      reasons: { 'Running ready': 1 },
      drifted: 1,
    });
  });

  it('says what a count of all would say, however objects come, change and go', async () => {
    const phase = fc.oneof(fc.constantFrom(...PHASES), hostileText);
    const reason = fc.oneof(fc.constantFrom(...Object.keys(REASONS)), hostileText);
    const status = fc.option(
      fc
        .tuple(phase, reason, fc.array(fc.constant({}), { maxLength: 1 }))
        .map(([at, why, drift]) => standing(at, why, { drift })),
    );
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c'), status, goes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { played, store } = counted();
        for (const { name, status, goes } of steps) {
          const known = store.get(`shop/${name}`);
          if (goes && known !== undefined) store.remove(known);
          else store.apply(listener(name, status));
        }
        const afresh = counted();
        afresh.store.replace(store.list());
        expect(await countsIn(played)).toEqual(await countsIn(afresh.played));
      }),
      { numRuns: 50 },
    );
  });
});
