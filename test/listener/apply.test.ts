import { describe, expect, it } from 'vitest';
import { albApiOver } from '../../src/alb/alb-client.ts';
import type { Outcome } from '../../src/alb/error.ts';
import type { Acted } from '../../src/listener/act.ts';
import { apply } from '../../src/listener/apply.ts';
import type { Difference } from '../../src/listener/difference.ts';
import type { Cluster } from '../../src/listener/ports.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { Step } from '../../src/listener/step.ts';
import { type InventoryInput } from '../../src/simulator/inventory.ts';
import { createForeignListener } from '../../src/simulator/out-of-band.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { connectionTo, lost } from '../simulation/cloud-model.ts';
import { ClusterModel } from '../simulation/cluster-model.ts';
import { SITE } from '../support/one-account.ts';
import { SPEC, UID } from './sample.ts';

const KEY = { namespace: 'shop', name: 'web' };
const INVENTORY: InventoryInput = {
  loadBalancers: [{ LoadBalancerId: 'alb-one', VpcId: 'vpc' }],
  acls: [{ AclId: 'acl-office' }, { AclId: 'acl-partners' }],
};
const DECLARED: ResolvedSpec = {
  ...SPEC,
  aclConfig: { aclType: 'White', aclIds: ['acl-office'] },
  tags: [{ key: 'env', value: 'prod' }],
};
const ATTACH: Step = { call: 'associateAcls', aclType: 'White', aclIds: ['acl-office'] };
const DETACH: Step = { call: 'dissociateAcls', aclIds: ['acl-office'] };
const ACLS: Difference = { path: 'aclConfig.aclIds', declared: ['acl-office'], actual: [] };

/** An object in a cluster and its listener in a cloud; calls may get lost on the way there. */
function world(listener: object = {}, carry?: () => Outcome<unknown>, writeTakesMs = 0) {
  const simulator = new Simulator({ clock: () => 0, inventory: INVENTORY });
  const { ListenerId } = createForeignListener(simulator, {
    LoadBalancerId: 'alb-one',
    ListenerProtocol: 'HTTP',
    ListenerPort: 80,
    ...listener,
  });
  const model = new ClusterModel();
  model.create(KEY, UID, DECLARED);
  const seen = model.get(KEY);
  if (seen === undefined) throw new Error('The object is gone.');
  let time = 0;
  const cluster: Pick<Cluster, 'writeStatus'> = {
    async writeStatus(object, status, guard) {
      time += writeTakesMs;
      const written = model.writeStatus(object, status, guard);
      return typeof written === 'string' ? { write: written } : { write: 'written', object: written };
    },
  };
  const cloud = albApiOver(connectionTo(simulator, async (call) => carry?.() ?? call.arrive()));
  return {
    model,
    aclsInCloud: () =>
      simulator.state.listeners.get(ListenerId)?.AclConfig.AclRelations.map(({ AclId }) => AclId),
    apply: (step: Step, { spec = DECLARED, differences = [ACLS] } = {}): Promise<Acted> =>
      apply(
        seen,
        { do: 'apply', spec, listenerId: ListenerId, step, differences },
        { cluster, cloud, site: SITE, now: () => time, settle: 120_000, clusterUid: undefined },
      ),
  };
}

describe('what a manifest sets', () => {
  it('is remembered before the call, so that it is taken back even when that call is the last thing done', async () => {
    const { apply, model } = world({}, () => lost('AssociateAclsWithListener'));
    await apply(ATTACH);
    expect(model.get(KEY)?.status).toMatchObject({
      managedAttachments: ['aclConfig'],
      managedTagKeys: ['env'],
    });
  });

  it('is not set where it cannot be remembered, because somebody has edited the manifest meanwhile', async () => {
    const { apply, model, aclsInCloud } = world();
    model.edit(KEY, { aclConfig: { aclType: 'White', aclIds: [] } });
    expect(await apply(ATTACH)).toEqual({ after: 'leave', again: { when: 'backoff' } });
    expect(aclsInCloud()).toEqual([]);
  });

  it('is not set by a process that slept after it was remembered: others may have gone on', async () => {
    const { apply, aclsInCloud } = world({}, undefined, 60_000);
    expect(await apply(ATTACH)).toEqual({ after: 'leave', again: { when: 'now' } });
    expect(aclsInCloud()).toEqual([]);
  });

  it('is not remembered where it is left to others', async () => {
    const { apply, model } = world();
    await apply(ATTACH, { spec: { ...DECLARED, ignoreFields: ['aclConfig'] } });
    expect(model.get(KEY)?.status.managedAttachments).toBeUndefined();
  });
});

describe('an answer that says it is so already', () => {
  const associated = { AclType: 'White', AclRelations: [{ AclId: 'acl-office', Status: 'Associated' }] };

  it.each([
    { reason: 'an earlier call has attached it', step: ATTACH, listener: { AclConfig: associated } },
    { reason: 'an earlier call has detached it', step: DETACH, listener: {} },
  ])('is no failure, and the cloud is looked at again: $reason', async ({ step, listener }) => {
    expect(await world(listener).apply(step)).toMatchObject({
      after: 'summarise',
      finding: { reason: 'Updating' },
      // Counted all the same: a cloud that never shows it would be asked for ever.
      facts: { convergence: { updates: 1 } },
      // The read trails behind: it has the settle time to catch up.
      again: { when: 'after', ms: 20_000 },
    });
  });
});

describe('a change that the cloud refuses because the listener is stopped', () => {
  const logs: Step = {
    call: 'updateLogConfig',
    parameters: { accessLogRecordCustomizedHeadersEnabled: true },
  };
  const spec: ResolvedSpec = { ...DECLARED, listenerState: 'Stopped' };

  it('waits for a person where the listener stays stopped, and names what to do', async () => {
    const acted = await world({ ListenerStatus: 'Stopped' }).apply(logs, { spec });
    expect(acted).toMatchObject({
      finding: { reason: 'ListenerStopped' },
      facts: { convergence: { updates: 1 } },
      again: { when: 'slowly' },
    });
    expect(acted.after === 'summarise' && acted.finding.message).toContain('spec.listenerState');
  });

  it('is tried again soon where the listener is about to be stopped: then it is only busy', async () => {
    const state = { path: 'listenerState', declared: 'Stopped', actual: 'Running' };
    const acted = await world({ ListenerStatus: 'Configuring' }).apply(logs, { spec, differences: [state] });
    expect(acted).toMatchObject({ finding: { reason: 'LoadBalancerBusy' }, again: { when: 'poll' } });
  });
});
