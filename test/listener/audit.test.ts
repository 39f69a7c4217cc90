import { describe, expect, it } from 'vitest';
import { type AuditRecord, audited } from '../../src/listener/audit.ts';
import { createParameters } from '../../src/listener/parameters.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { cloudOver } from '../simulation/cloud-model.ts';
import { matching } from '../support/matchers.ts';
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
    const cloud = cloudOver(simulator, async (call) => call());
    return { records, cloud: audited(cloud, object, (entry) => records.push(entry)) };
  }

  it('says what was asked for whom, and what came of it, without values and without the token', async () => {
    const { records, cloud } = watched();
    await cloud.createListener(createParameters(sampleObject(), SPEC, 0));
    expect(records).toEqual([
      {
        key: 'shop/web',
        uid: UID,
        generation: 1,
        cause: 'creation',
        operation: 'CreateListener',
        fields: ['loadBalancerId', 'listenerProtocol', 'listenerPort', 'defaultActions', 'tags'],
        outcome: 'yes',
        requestId: matching(/^[0-9A-F-]{36}$/),
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

  it('leaves no record of reads', async () => {
    const { records, cloud } = watched();
    await cloud.listListeners({ loadBalancerIds: ['alb-one'] });
    expect(records).toEqual([]);
  });
});
