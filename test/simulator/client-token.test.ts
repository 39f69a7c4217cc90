import { describe, expect, it } from 'vitest';
import { Cloud, http, https, text } from './cloud.ts';

const first = { ...http, ClientToken: 'create/0' };

describe('a ClientToken', () => {
  it('replays the first answer for the same parameters and makes nothing new', () => {
    const cloud = new Cloud();
    const answer = cloud.ok('CreateListener', first);
    expect(cloud.ok('CreateListener', first)).toEqual(answer);
    expect(cloud.listeners()).toHaveLength(1);
    expect(cloud.simulator.state.calls.map((call) => call.replayed)).toEqual([false, true]);
  });

  it.each([
    'IdempotentParameterMismatch',
    'IdempotenceSignatureMismatch',
    'IdempotenceParamNotMatch',
  ] as const)('refuses other parameters with %s', (tokenMismatchCode) => {
    const cloud = new Cloud({ tokenMismatchCode });
    cloud.running(first);
    for (const changed of [{ ListenerPort: '81' }, { IdleTimeout: '15' }, { 'Tag.1.Key': 'a' }]) {
      expect(cloud.code('CreateListener', { ...first, ...changed })).toBe(`400 ${tokenMismatchCode}`);
    }
    expect(cloud.listeners()).toHaveLength(1);
  });

  it('is forgotten after its lifetime', () => {
    const cloud = new Cloud({ tokenLifetimeMs: 60_000 });
    const answer = cloud.ok('CreateListener', first);
    cloud.wait(59_999);
    expect(cloud.ok('CreateListener', first)).toEqual(answer);
    cloud.wait(1);
    expect(cloud.code('CreateListener', first)).toBe('400 ResourceAlreadyExist.Listener');
  });

  it.each([
    {
      replayAfterDelete: 'replay' as const,
      reason: 'the id of a listener that is gone',
      code: 'Success',
      left: 0,
    },
    { replayAfterDelete: 'create' as const, reason: 'a new listener', code: 'Success', left: 1 },
    {
      replayAfterDelete: 'refuse' as const,
      reason: 'an error',
      code: '400 IdempotentParameterMismatch',
      left: 0,
    },
  ])('answers with $reason after the deletion ($replayAfterDelete)', ({ replayAfterDelete, code, left }) => {
    const cloud = new Cloud({ replayAfterDelete });
    const dead = cloud.running(first);
    cloud.ok('DeleteListener', { ListenerId: dead });
    const answer = cloud.answer('CreateListener', first);
    expect(answer.ok ? 'Success' : `${answer.refusal.status} ${answer.refusal.code}`).toBe(code);
    expect(cloud.listeners()).toHaveLength(left);
    if (answer.ok) expect(answer.body['ListenerId'] === dead).toBe(left === 0);
  });

  it('does not keep a refusal by default: once the cause is gone the same call succeeds', () => {
    const cloud = new Cloud();
    const strange = cloud.running(https);
    const taken = { ...first, ListenerPort: '443' };
    expect(cloud.code('CreateListener', taken)).toBe('400 ResourceAlreadyExist.Listener');
    cloud.ok('DeleteListener', { ListenerId: strange });
    expect(cloud.code('CreateListener', taken)).toBe('Success');
  });

  it('keeps a refusal where it is set so', () => {
    const cloud = new Cloud({ replayFailures: true });
    const strange = cloud.running(https);
    const taken = { ...first, ListenerPort: '443' };
    expect(cloud.code('CreateListener', taken)).toBe('400 ResourceAlreadyExist.Listener');
    cloud.ok('DeleteListener', { ListenerId: strange });
    expect(cloud.code('CreateListener', taken)).toBe('400 ResourceAlreadyExist.Listener');
    expect(cloud.code('CreateListener', { ...taken, ClientToken: 'create/1' })).toBe('Success');
  });

  it('is being processed while its first call is under way', () => {
    const cloud = new Cloud();
    const underWay = cloud.simulator.receive('CreateListener', first, 'someone');
    expect(cloud.code('CreateListener', first)).toBe('400 IdempotenceProcessing');
    const { answer } = underWay.perform();
    underWay.end(true);
    expect(answer.ok && cloud.ok('CreateListener', first)).toEqual(answer.ok && answer.body);
  });

  it('is free again when its first call was cut before it did anything', () => {
    const cloud = new Cloud();
    cloud.fault({ kind: 'cut', operation: 'CreateListener', count: 1 });
    expect(cloud.simulator.call('CreateListener', first)).toMatchObject({ kind: 'silence' });
    expect(cloud.listeners()).toEqual([]);
    expect(cloud.code('CreateListener', first)).toBe('Success');
  });

  it('can be in processing for a while after the effect', () => {
    const cloud = new Cloud({ tokenProcessingMs: 2000 });
    cloud.ok('CreateListener', first);
    expect(cloud.code('CreateListener', first)).toBe('400 IdempotenceProcessing');
    cloud.wait(2000);
    expect(cloud.code('CreateListener', first)).toBe('Success');
  });

  it('belongs to the account, not to the access key', () => {
    const cloud = new Cloud();
    cloud.simulator.call('CreateListener', first, 'STS.yesterday');
    cloud.simulator.call('CreateListener', first, 'STS.today');
    expect(cloud.listeners()).toHaveLength(1);
  });

  it('belongs to one operation: the same token deletes what it made', () => {
    const cloud = new Cloud();
    const ListenerId = cloud.running(first);
    cloud.ok('DeleteListener', { ListenerId, ClientToken: first.ClientToken });
    // A repeated deletion is replayed as well, long after the listener is gone.
    expect(cloud.code('DeleteListener', { ListenerId, ClientToken: first.ClientToken })).toBe('Success');
    expect(cloud.code('DeleteListener', { ListenerId })).toBe('404 ResourceNotFound.Listener');
  });

  it('is not used up by a dry run', () => {
    const cloud = new Cloud();
    expect(cloud.code('CreateListener', { ...first, DryRun: 'true' })).toBe('400 DryRunOperation');
    expect(text(cloud.ok('CreateListener', first)['ListenerId'])).toMatch(/^lsn-/);
  });

  it.each(['', 'a'.repeat(65), 'schlüssel'])('has to be 1 to 64 ASCII characters, not %j', (ClientToken) => {
    expect(new Cloud().code('CreateListener', { ...http, ClientToken })).toBe('400 InvalidParameter');
  });
});
