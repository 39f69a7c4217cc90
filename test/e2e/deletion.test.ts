import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINALIZER } from '../../src/listener/resource.ts';
import {
  httpSpec,
  OperatorWorld,
  PLANTED_SECRETS,
  reasonOf,
  type StoredListener,
} from '../support/operator-world.ts';

const { accessKeyId } = PLANTED_SECRETS;
const tls = { certificates: [{ certificateId: '1001-cn-hangzhou' }] };

let world: OperatorWorld;
beforeAll(async () => {
  world = await OperatorWorld.start({
    settings: { provisioningMs: 100, configuringMs: 100, deletingMs: 100 },
    environment: { ALB_SLOW_INTERVAL: '500ms', ALB_RESYNC_INTERVAL: '500ms' },
  });
});
afterAll(() => world.close());

describe('a deleted resource', () => {
  it("waits while a stranger's listener refers to its own, says so, and goes when that is over", async () => {
    await world.apply('quic', httpSpec({ listenerProtocol: 'QUIC', listenerPort: 443, ...tls }));
    const quic = await world.untilReady('quic');
    const theirs = await world.cloud.createListener({
      LoadBalancerId: 'alb-one',
      ListenerProtocol: 'HTTPS',
      ListenerPort: 443,
      QuicConfig: { QuicUpgradeEnabled: true, QuicListenerId: quic.status.listenerId ?? '' },
    });

    await beginDeletion('quic');
    const inUse = await world.untilReason('quic', 'ListenerInUse');
    expect(inUse.status.phase).toBe('Deleting');
    expect(messageOf(inUse)).toContain('ResourceInUse.Listener');
    expect(await atCloud(inUse)).toMatchObject({ ListenerStatus: 'Running' });

    await world.cloud.deleteListener(theirs.ListenerId);
    await world.untilGone('quic');
    expect(await atCloud(inUse)).toBeUndefined();
  });

  it('keeps its finalizer while the deletion is forbidden', async () => {
    const listener = await running('forbidden', 81);
    await world.cloud.patchInventory({ credentials: [{ accessKeyId, deniedActions: ['DeleteListener'] }] });
    await beginDeletion('forbidden');
    const forbidden = await world.untilReason('forbidden', 'Forbidden');
    expect(forbidden.metadata.finalizers).toEqual([FINALIZER]);
    expect(messageOf(forbidden)).toContain('DeleteListener');

    await world.cloud.patchInventory({ credentials: [{ accessKeyId, deniedActions: [] }] });
    await world.untilGone('forbidden');
    expect(await atCloud(listener)).toBeUndefined();
  });

  it('does not take "may not look" for "is not there"', async () => {
    const listener = await running('unseen', 82);
    const deniedActions = ['GetListenerAttribute', 'ListListeners'];
    await world.cloud.patchInventory({ credentials: [{ accessKeyId, deniedActions }] });
    await beginDeletion('unseen');
    const unseen = await world.untilReason('unseen', 'Forbidden');
    expect(unseen.metadata.finalizers).toEqual([FINALIZER]);

    await world.cloud.patchInventory({ credentials: [{ accessKeyId, deniedActions: [] }] });
    await world.untilGone('unseen');
    expect(await atCloud(listener)).toBeUndefined();
  });

  it('goes when its load balancer is gone, and its listener with it', async () => {
    const orphan = await running('orphan', 83, 'alb-two');
    await world.cloud.removeFromInventory('alb-two');
    await beginDeletion('orphan');
    await world.untilGone('orphan');
    const deletions = (await world.cloud.calls()).filter(
      ({ action, parameters }) =>
        action === 'DeleteListener' && parameters['ListenerId'] === orphan.status.listenerId,
    );
    expect(deletions).toEqual([]);
  });

  it('that is being created goes as soon as the cloud allows, and leaves no listener', async () => {
    await world.cloud.patchSettings({ provisioningMs: 1000 });
    await world.apply('early', httpSpec({ listenerPort: 84 }));
    const early = await world.untilReason('early', 'Provisioning');
    await beginDeletion('early');
    const waiting = await world.until('early', ({ status }) => status.phase === 'Deleting');
    expect(reasonOf(waiting)).toBe('Deleting');
    await world.untilGone('early');
    expect(await atCloud(early)).toBeUndefined();
    await world.cloud.patchSettings({ provisioningMs: 100 });
  });

  it('that never reached the cloud goes at once', async () => {
    await world.cloud.addFault({ kind: 'error', operation: 'CreateListener', code: 'InvalidParameter' });
    await world.apply('refused', httpSpec({ listenerPort: 85 }));
    await world.untilReason('refused', 'InvalidParameter');
    await beginDeletion('refused');
    await world.untilGone('refused', 2000);
    expect((await world.cloud.state()).listeners.map(({ ListenerPort }) => ListenerPort)).not.toContain(85);
    await world.cloud.clearFaults();
  });

  it('waits for a cloud that does not answer, and goes when it does', async () => {
    const listener = await running('offline', 86);
    await world.cloud.addFault({ kind: 'body', status: 503, text: '<html>Service Unavailable</html>' });
    await beginDeletion('offline');
    const offline = await world.untilReason('offline', 'CloudUnavailable');
    expect(offline.metadata.finalizers).toEqual([FINALIZER]);
    expect(offline.status.phase).toBe('Deleting');

    await world.cloud.clearFaults();
    await world.untilGone('offline');
    expect(await atCloud(listener)).toBeUndefined();
  });

  it('whose deletion job failed says so and asks again', async () => {
    const listener = await running('stubborn', 87);
    const code = 'OperationDenied.Broken';
    const fault = await world.cloud.addFault({ kind: 'failJob', operation: 'DeleteListener', code });
    await beginDeletion('stubborn');
    expect(messageOf(await world.untilReason('stubborn', 'OperationFailed'))).toContain(code);

    await world.cloud.removeFault(fault);
    await world.untilGone('stubborn');
    expect(await atCloud(listener)).toBeUndefined();
  });

  it('whose listener lost its ownership tag leaves it alone, and can be let go by hand', async () => {
    const listener = await running('disowned', 88);
    const id = listener.status.listenerId ?? '';
    const bare = await world.cloud.editListener(id, { Tags: [] });
    await beginDeletion('disowned');
    const lost = await world.untilReason('disowned', 'OwnershipLost');
    expect(lost.metadata.finalizers).toEqual([FINALIZER]);
    expect(messageOf(lost)).toContain(FINALIZER);

    const patch = ['--type=merge', '--patch', '{"metadata":{"finalizers":null}}'];
    await world.controlPlane.kubectl(['patch', 'alblistener', 'disowned', ...patch]);
    await world.untilGone('disowned');
    expect(await atCloud(listener)).toEqual(bare);
  });
});

async function running(name: string, listenerPort: number, loadBalancerId = 'alb-one') {
  await world.apply(name, httpSpec({ loadBalancerId, listenerPort }));
  return world.untilReady(name);
}

async function beginDeletion(name: string): Promise<void> {
  const result = await world.controlPlane.kubectl(['delete', 'alblistener', name, '--wait=false']);
  expect(result).toMatchObject({ code: 0 });
}

function messageOf({ status }: StoredListener): string | undefined {
  return status.conditions.find(({ type }) => type === 'Ready')?.message;
}

async function atCloud({ status }: StoredListener) {
  const { listeners } = await world.cloud.state();
  return listeners.find(({ ListenerId }) => ListenerId === status.listenerId);
}
