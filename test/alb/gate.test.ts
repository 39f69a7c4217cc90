import { describe, expect, it } from 'vitest';
import { Bulkhead } from '../../src/alb/bulkhead.ts';
import type { AlbError, Outcome } from '../../src/alb/error.ts';
import { Gate } from '../../src/alb/gate.ts';
import { matching } from '../support/matchers.ts';

const random = { next: () => 0.5 };

function setUp(parts: { readonly most?: readonly number[]; readonly counts?: 'always' | 'unproven' } = {}) {
  const time = { now: 0 };
  const trips: number[] = [];
  const bulkheads = (parts.most ?? [100]).map((most) => new Bulkhead({ most, random }));
  const gate = new Gate({
    name: 'Region cn-hangzhou, account 1',
    bulkheads,
    counts: parts.counts ?? 'always',
    clock: { monotonic: () => time.now },
    random,
    onTrip: () => trips.push(time.now),
  });
  /** A call that takes so long and ends like that. */
  const call = async (answer: Outcome<unknown>, tookMs: number) =>
    gate.watching(async () => {
      time.now += tookMs;
      return answer;
    })('ListListeners', {});
  return { gate, bulkheads, time, trips, call };
}

const YES: Outcome<unknown> = { outcome: 'yes', value: {}, requestId: 'r' };

function failed(outcome: 'no' | 'unknown', parts: Partial<AlbError>): Outcome<unknown> {
  return {
    outcome,
    error: { class: 'unavailable', operation: 'ListListeners', code: 'X', message: '', ...parts },
  };
}

const SILENCE = failed('unknown', { code: 'Timeout' });

describe('what is a silence', () => {
  it.each<{ reason: string; answer: Outcome<unknown>; tookMs: number; isSilence: boolean }>([
    { reason: 'an answer, however late', answer: YES, tookMs: 9000, isSilence: false },
    { reason: 'a call that timed out', answer: SILENCE, tookMs: 10_000, isSilence: true },
    { reason: 'a call that timed out soon, by its setting', answer: SILENCE, tookMs: 500, isSilence: true },
    {
      reason: 'a connection that failed at once holds no worker',
      answer: failed('unknown', { code: 'ConnectionFailed' }),
      tookMs: 2999,
      isSilence: false,
    },
    {
      reason: 'a connection that took three seconds to fail holds one',
      answer: failed('unknown', { code: 'ConnectionFailed' }),
      tookMs: 3000,
      isSilence: true,
    },
    {
      reason: 'a late error of the cloud has a status, so it is an answer',
      answer: failed('unknown', { httpStatus: 503, code: 'ServiceUnavailable' }),
      tookMs: 9000,
      isSilence: false,
    },
    {
      reason: 'a late refusal is an answer',
      answer: failed('no', { class: 'permission', code: 'Forbidden' }),
      tookMs: 9000,
      isSilence: false,
    },
  ])('$reason: $isSilence', async ({ answer, tookMs, isSilence }) => {
    const { gate, trips, call } = setUp();
    expect(await call(answer, tookMs)).toBe(answer);
    expect(trips).toEqual(isSilence ? [tookMs] : []);
    expect(gate.enter('shop').entered).toBe(!isSilence);
  });

  it('a session that STS left without a key is one, as a call is', async () => {
    const { gate, time, trips } = setUp();
    const error: AlbError = { class: 'unavailable', operation: 'AssumeRole', code: 'Timeout', message: '' };
    await gate.watch(async () => {
      time.now += 10_000;
      return { opened: false, error };
    });
    expect(trips).toEqual([10_000]);
  });

  it('one that was opened is an answer', async () => {
    const { gate, trips } = setUp();
    await gate.watch(async () => ({ opened: true }));
    expect(trips).toEqual([]);
    expect(gate.enter('shop').entered).toBe(true);
  });
});

describe('who is held back where no answer comes', () => {
  it('gets an error that was not sent, names the place, and says when to come again', async () => {
    const { gate, call } = setUp();
    await call(SILENCE, 10_000);
    expect(gate.enter('shop')).toMatchObject({
      entered: false,
      error: {
        class: 'unavailable',
        code: 'NoAnswer',
        notSent: true,
        retryAfterMs: 5025,
        message: matching(/^Region cn-hangzhou, account 1: /),
      },
    });
  });

  it('hears what came of the last call, since the status of an object may have nothing else to say', async () => {
    const { gate, call } = setUp();
    const message = 'no answer from alb.example.com: no complete answer came in time.';
    await call(failed('unknown', { code: 'Timeout', message, unansweredBy: 'alb.example.com' }), 10_000);
    expect(gate.enter('shop')).toMatchObject({
      error: {
        unansweredBy: 'alb.example.com',
        message: matching(/The last call: no answer from alb\.example\.com/),
      },
    });
  });

  it('goes in one at a time as a probe after the pause, and all go after an answer', async () => {
    const { gate, time, call } = setUp();
    await call(SILENCE, 10_000);
    time.now += 5000;
    const probe = gate.enter('shop');
    expect(probe.entered).toBe(true);
    expect(gate.enter('other').entered).toBe(false);
    await call(YES, 100);
    if (probe.entered) probe.leave();
    expect([gate.enter('shop'), gate.enter('other')]).toMatchObject([{ entered: true }, { entered: true }]);
  });

  it('can probe again although the last probe left without a call', async () => {
    const { gate, time, call } = setUp();
    await call(SILENCE, 10_000);
    time.now += 5000;
    const probe = gate.enter('shop');
    if (probe.entered) probe.leave();
    expect(gate.enter('shop').entered).toBe(true);
  });

  it('takes no place in a bulkhead', async () => {
    const { gate, bulkheads, time, call } = setUp({ most: [1] });
    await call(SILENCE, 10_000);
    gate.enter('shop');
    expect(bulkheads[0]?.waitMs('shop', time.now)).toBe(0);
  });
});

describe('how many may go in', () => {
  it.each([
    { most: [2], entered: 2, reason: 'one bulkhead' },
    { most: [3, 2], entered: 2, reason: 'the last of two is the smaller one' },
    { most: [2, 3], entered: 2, reason: 'the first of two is the smaller one' },
  ])('as many as fit into every bulkhead: $reason', ({ most, entered }) => {
    const { gate } = setUp({ most });
    const entries = Array.from({ length: 5 }, () => gate.enter('shop'));
    expect(entries.filter((entry) => entry.entered)).toHaveLength(entered);
    expect(entries.at(-1)).toMatchObject({
      error: { class: 'throttled', code: 'WorkersBusy', notSent: true },
    });
  });

  it('those that leave make room again, in each bulkhead', () => {
    const { gate, time } = setUp({ most: [2, 2] });
    for (let round = 0; round < 5; round += 1) {
      const entries = [gate.enter('shop'), gate.enter('shop')];
      for (const entry of entries) {
        expect(entry.entered).toBe(true);
        if (entry.entered) entry.leave();
      }
      time.now += 100;
    }
  });

  it('a bulkhead that two gates share is full for both', () => {
    const shared = new Bulkhead({ most: 1, random });
    const gateOf = (name: string) =>
      new Gate({ name, bulkheads: [shared], counts: 'always', clock: { monotonic: () => 0 }, random });
    expect(gateOf('one').enter('shop').entered).toBe(true);
    expect(gateOf('two').enter('shop').entered).toBe(false);
  });

  it.each<{ reason: string; before: readonly Outcome<unknown>[]; isLimited: boolean }>([
    { reason: 'nothing is known yet', before: [], isLimited: true },
    { reason: 'an answer has come', before: [YES], isLimited: false },
    { reason: 'one answer was lost since', before: [YES, SILENCE], isLimited: false },
  ])('where only the unproven count: $reason', async ({ before, isLimited }) => {
    const { gate, call } = setUp({ most: [1], counts: 'unproven' });
    for (const answer of before) await call(answer, 100);
    expect(gate.enter('shop').entered).toBe(true);
    expect(gate.enter('shop').entered).toBe(!isLimited);
  });

  it('where all count, an answer makes no difference', async () => {
    const { gate, call } = setUp({ most: [1] });
    await call(YES, 100);
    expect(gate.enter('shop').entered).toBe(true);
    expect(gate.enter('shop').entered).toBe(false);
  });
});
