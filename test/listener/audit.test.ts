import { describe, expect, it } from 'vitest';
import { AlbSite } from '../../src/alb-site.ts';
import { type AuditRecord, audited } from '../../src/listener/audit.ts';
import { createParameters } from '../../src/listener/parameters.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { connectionTo } from '../simulation/cloud-model.ts';
import { matching } from '../support/matchers.ts';
import { SITE } from '../support/one-account.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { SPEC, sampleObject, UID } from './sample.ts';

describe('the audit', () => {
  function watched(object = sampleObject()) {
    const simulator = new Simulator({
      clock: () => 0,
      inventory: {
        loadBalancers: [{ LoadBalancerId: 'alb-one', VpcId: 'vpc' }],
        serverGroups: [{ ServerGroupId: 'sgp-web', VpcId: 'vpc' }],
      },
    });
    const records: AuditRecord[] = [];
    const site = new AlbSite({
      callsPerMinute: 160,
      busyDelayMs: 1000,
      clock: new VirtualClock(),
      random: seededRandom(1),
    });
    const cloudFor = site.cloudOver(
      connectionTo(simulator, async (call) => call.arrive()),
      '',
    );
    const cloud = audited(
      cloudFor('alb-one', { namespace: 'shop', priority: 'high' }),
      SITE,
      object,
      (entry) => records.push(entry),
    );
    return { records, cloud };
  }

  it('says what was asked for whom, and what came of it, without values and without the token', async () => {
    const { records, cloud } = watched();
    await cloud.withTurnToCreate(
      (createListener) => createListener(createParameters(sampleObject(), SPEC, 0, undefined)),
      () => expect.fail('no turn was given'),
    );
    expect(records).toEqual([
      {
        key: 'shop/web',
        uid: UID,
        generation: 1,
        ...SITE,
        cause: 'creation',
        operation: 'CreateListener',
        fields: ['loadBalancerId', 'listenerProtocol', 'listenerPort', 'defaultActions', 'tags'],
        outcome: 'yes',
        requestId: matching(/^[0-9A-F-]{36}$/),
        jobId: matching(/^[0-9a-f-]{36}$/),
      },
    ]);
  });

  it('keeps refusals with their code', async () => {
    const { records, cloud } = watched(sampleObject({ beingDeleted: true }));
    await cloud.deleteListener('lsn-nobody');
    expect(records).toMatchObject([
      { cause: 'deletion', listenerId: 'lsn-nobody', outcome: 'no', code: 'ResourceNotFound.Listener' },
    ]);
  });

  it('leaves no record of a call that was not sent', async () => {
    const { records, cloud } = watched();
    const answers = [cloud.deleteListener('lsn-nobody'), cloud.deleteListener('lsn-nobody')];
    expect(
      (await Promise.all(answers)).map((answer) => answer.outcome === 'no' && answer.error.code),
    ).toEqual(['ResourceNotFound.Listener', 'LaneBusy']);
    expect(records).toHaveLength(1);
  });

  it('leaves no record of reads', async () => {
    const { records, cloud } = watched();
    await cloud.getListenerAttribute('lsn-nobody');
    expect(records).toEqual([]);
  });
});
