import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/simulator/fault.ts';
import { Cloud, http, https } from './cloud.ts';
import { codeOf, send, start } from './running.ts';

describe('a fault rule', () => {
  it.each([
    { reason: 'for one operation', rule: { operation: 'DeleteListener' }, hits: [false, false, false] },
    { reason: 'for all', rule: {}, hits: [true, true, true] },
    {
      reason: 'for parameters that differ',
      rule: { match: { ListenerPort: '81' } },
      hits: [false, false, false],
    },
    {
      reason: 'for parameters that agree',
      rule: { match: { ListenerPort: '80' } },
      hits: [true, true, true],
    },
    { reason: 'for two calls', rule: { count: 2 }, hits: [true, true, false] },
    { reason: 'after one call', rule: { skip: 1 }, hits: [false, true, true] },
    { reason: 'after one call, for one', rule: { skip: 1, count: 1 }, hits: [false, true, false] },
    { reason: 'that never comes up', rule: { probability: 0 }, hits: [false, false, false] },
  ])('$reason fires $hits', ({ rule, hits }) => {
    const cloud = new Cloud();
    cloud.fault({ kind: 'error', code: 'SystemBusy', ...rule });
    const dryRun = { ...http, DryRun: 'true' };
    const fired = hits.map(() => cloud.code('CreateListener', dryRun) === '400 SystemBusy');
    expect(fired).toEqual(hits);
  });

  it('fires by chance about as often as it says, and the same way in every run', () => {
    const run = () => {
      const cloud = new Cloud();
      cloud.fault({ kind: 'error', code: 'SystemBusy', probability: 0.3 });
      return Array.from({ length: 1000 }, () => cloud.code('ListListeners') !== 'Success');
    };
    const first = run();
    expect(first.filter(Boolean).length).toBeGreaterThan(250);
    expect(first.filter(Boolean).length).toBeLessThan(350);
    expect(run()).toEqual(first);
  });

  it('leaves the next rule its turn: one rule ends one call', () => {
    const cloud = new Cloud();
    cloud.fault({ kind: 'error', code: 'SystemBusy', count: 1 });
    cloud.fault({ kind: 'error', code: 'Throttling', count: 1 });
    expect([1, 2, 3].map(() => cloud.code('ListListeners'))).toEqual([
      '400 SystemBusy',
      '400 Throttling',
      'Success',
    ]);
  });

  it('in one process tells the delay, the raw body and the silence', () => {
    const cloud = new Cloud();
    cloud.fault({ kind: 'delay', ms: 700, operation: 'ListListeners' });
    cloud.fault({ kind: 'body', status: 503, text: '<html>', operation: 'ListAsynJobs' });
    cloud.fault({ kind: 'hold', effect: 'after', operation: 'CreateListener' });
    expect(cloud.simulator.call('ListListeners', {})).toMatchObject({ kind: 'answer', delayMs: 700 });
    expect(cloud.simulator.call('ListAsynJobs', {})).toMatchObject({
      kind: 'body',
      status: 503,
      text: '<html>',
    });
    expect(cloud.simulator.call('CreateListener', http)).toMatchObject({ kind: 'silence' });
    expect(cloud.listeners()).toHaveLength(1);
  });
});

describe('faults on the line', () => {
  const effects = ['before', 'after'] as const;

  it.each(effects)('cuts the connection %s the effect', async (effect) => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'cut', operation: 'CreateListener', effect, count: 1 });
    await expect(send(endpoint, 'CreateListener', http)).rejects.toThrow('fetch failed');
    expect((await client.state()).listeners).toHaveLength(effect === 'after' ? 1 : 0);
    expect(await client.calls()).toMatchObject([{ outcome: 'cut', reached: false }]);
  });

  it.each(effects)('never answers, %s the effect', async (effect) => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'hang', operation: 'CreateListener', effect });
    const patience = AbortSignal.timeout(200);
    await expect(send(endpoint, 'CreateListener', http, { signal: patience })).rejects.toThrow('timeout');
    await expect.poll(async () => (await client.calls())[0]?.outcome).toBe('hang');
    expect((await client.state()).listeners).toHaveLength(effect === 'after' ? 1 : 0);
  });

  const bodies: Extract<FaultInput, { kind: 'body' }>[] = [
    { kind: 'body', status: 503, text: '<html><body>503 Service Temporarily Unavailable</body></html>' },
    { kind: 'body', status: 200, text: '{"RequestId":"1","ListenerI', contentType: 'application/json' },
    { kind: 'body', status: 500, text: '{}', contentType: 'application/json' },
    { kind: 'body', status: 200, text: '' },
    { kind: 'body', status: 502, text: '<?xml version="1.0"?><Error/>', contentType: 'text/xml' },
  ];
  it.each(bodies)('answers with any text and status: $status $text', async (fault) => {
    const { endpoint, client } = await start();
    await client.addFault({ ...fault, effect: 'after' });
    const answer = await send(endpoint, 'CreateListener', http);
    expect(answer).toMatchObject({ status: fault.status, text: fault.text });
    expect((await client.state()).listeners).toHaveLength(1);
  });

  it('delays the effect or the answer', async () => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'delay', ms: 150, operation: 'CreateListener', effect: 'before' });
    await client.addFault({ kind: 'delay', ms: 100, operation: 'CreateListener', effect: 'after' });
    const started = performance.now();
    expect(codeOf(await send(endpoint, 'CreateListener', http))).toBe('Success');
    expect(performance.now() - started).toBeGreaterThan(240);
  });

  it('throttles with the time to wait in a header', async () => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'error', code: 'Throttling.User', retryAfterMs: 1500 });
    const answer = await send(endpoint, 'ListListeners');
    expect([answer.status, codeOf(answer)]).toEqual([400, 'Throttling.User']);
    expect(answer.headers.get('x-acs-retry-after')).toBe('1500');
  });

  it('can be taken away again, one by one or all', async () => {
    const { endpoint, client } = await start();
    const one = await client.addFault({ kind: 'error', code: 'SystemBusy' });
    await client.addFault({ kind: 'error', code: 'InternalError', status: 500 });
    expect(codeOf(await send(endpoint, 'ListListeners'))).toBe('SystemBusy');
    await client.removeFault(one);
    expect(codeOf(await send(endpoint, 'ListListeners'))).toBe('InternalError');
    await client.clearFaults();
    expect(codeOf(await send(endpoint, 'ListListeners'))).toBe('Success');
  });
});

describe('a call that is held', () => {
  it('before its effect: nothing has happened until it is released', async () => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'hold', operation: 'CreateListener', effect: 'before', count: 1 });
    const answer = send(endpoint, 'CreateListener', { ...http, ClientToken: 'a' });
    const held = await client.heldCall('CreateListener');
    expect(held).toMatchObject({ effect: 'before', parameters: { ListenerPort: '80' } });
    expect((await client.state()).listeners).toEqual([]);
    // The token is in use meanwhile.
    expect(codeOf(await send(endpoint, 'CreateListener', { ...http, ClientToken: 'a' }))).toBe(
      'IdempotenceProcessing',
    );
    await client.release(held.sequence);
    expect(codeOf(await answer)).toBe('Success');
    expect((await client.state()).listeners).toHaveLength(1);
  });

  it('before its effect, and cut: it never has one', async () => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'hold', operation: 'CreateListener', effect: 'before', count: 1 });
    const answer = send(endpoint, 'CreateListener', http);
    const lost = answer.catch((error: unknown) => String(error));
    await client.release((await client.heldCall('CreateListener')).sequence, 'cut');
    expect(await lost).toContain('fetch failed');
    expect((await client.state()).listeners).toEqual([]);
  });

  it('after its effect: the listener is there and nobody has been told', async () => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'hold', operation: 'CreateListener', effect: 'after', count: 1 });
    const answer = send(endpoint, 'CreateListener', https);
    const held = await client.heldCall('CreateListener');
    expect((await client.state()).listeners).toMatchObject([{ ListenerPort: 443 }]);
    expect(await client.calls()).toMatchObject([
      { sequence: held.sequence, reached: null, effect: { kind: 'created' } },
    ]);
    await client.release(held.sequence);
    expect(codeOf(await answer)).toBe('Success');
    expect(await client.calls()).toMatchObject([{ outcome: 'Success', reached: true }]);
  });

  it('takes effect although its caller has died meanwhile, and the log says nobody was reached', async () => {
    const { endpoint, client } = await start();
    await client.addFault({ kind: 'hold', operation: 'CreateListener', effect: 'before' });
    const dying = new AbortController();
    const call = send(endpoint, 'CreateListener', http, { signal: dying.signal });
    const died = call.catch((error: unknown) => String(error));
    const held = await client.heldCall('CreateListener');
    dying.abort();
    expect(await died).toContain('aborted');
    await expect.poll(async () => (await client.state()).held).toMatchObject([{ callerGone: true }]);
    await client.release(held.sequence);
    await expect.poll(async () => (await client.state()).listeners.length).toBe(1);
    expect(await client.calls()).toMatchObject([{ effect: { kind: 'created' }, reached: false }]);
  });

  it('cannot be released twice', async () => {
    const { client } = await start();
    await expect(client.release(1)).rejects.toThrow('/held/1/go: not found');
  });
});

describe('the rate of calls', () => {
  it('is limited per operation and minute, and the answer says how long to wait', () => {
    const cloud = new Cloud({ callsPerMinute: 2 });
    cloud.wait(20_000);
    expect([1, 2, 3].map(() => cloud.code('ListListeners'))).toEqual([
      'Success',
      'Success',
      '400 Throttling.User',
    ]);
    const answer = cloud.answer('ListListeners');
    expect(!answer.ok && answer.refusal.retryAfterMs).toBe(40_000);
    expect(cloud.code('ListAsynJobs')).toBe('Success');
    cloud.wait(40_000);
    expect(cloud.code('ListListeners')).toBe('Success');
  });
});
