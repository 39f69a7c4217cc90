import { describe, expect, it } from 'vitest';
import type { ListedListener } from '../../src/alb/api.ts';
import { ownershipTags } from '../../src/listener/ownership.ts';
import { describeHolder } from '../../src/listener/quic-holder.ts';
import { CLUSTER_UID, LISTENER_ID, sampleError, sampleListener, sampleObject } from './sample.ts';

const object = sampleObject({ status: { loadBalancerId: 'alb-one', listenerId: LISTENER_ID } });

function https(parts: Partial<ListedListener> = {}): ListedListener {
  return sampleListener({
    listenerId: 'lsn-https',
    listenerProtocol: 'HTTPS',
    listenerPort: 443,
    quicConfig: { quicUpgradeEnabled: true, quicListenerId: LISTENER_ID },
    tags: [],
    ...parts,
  });
}

function taggedFor(namespace: string, clusterUid: string | undefined = CLUSTER_UID) {
  return { tags: ownershipTags({ uid: 'other', namespace, name: 'store', clusterUid }, 0) };
}

async function told(listed: readonly ListedListener[] | 'unreadable') {
  const listenersOf = async () =>
    listed === 'unreadable'
      ? ({ outcome: 'no', error: sampleError('throttled') } as const)
      : ({ outcome: 'yes', value: listed, requestId: 'R' } as const);
  return describeHolder(LISTENER_ID, object, { cloud: { listenersOf }, clusterUid: CLUSTER_UID });
}

describe('the listener for which the cloud keeps a QUIC listener', () => {
  it.each<{ reason: string; listed: readonly ListedListener[] }>([
    { reason: 'it is of the same namespace', listed: [sampleListener(), https(taggedFor('shop'))] },
    {
      reason: 'it is of the same namespace, from before the cluster tag',
      listed: [
        https({
          tags: ownershipTags({ uid: 'o', namespace: 'shop', name: 'store', clusterUid: undefined }, 0),
        }),
      ],
    },
  ])('is named by its AlbListener: $reason', async ({ listed }) => {
    expect(await told(listed)).toBe(
      `Listener ${LISTENER_ID} is in use by listener lsn-https (HTTPS, port 443) of AlbListener shop/store.`,
    );
  });

  it('is named by its id where no AlbListener owns it', async () => {
    expect(await told([https()])).toBe(
      `Listener ${LISTENER_ID} is in use by listener lsn-https (HTTPS, port 443), which no AlbListener owns.`,
    );
  });

  it.each<{ reason: string; listed: readonly ListedListener[] | 'unreadable' }>([
    { reason: 'it is of another namespace', listed: [https(taggedFor('blog'))] },
    {
      reason: 'it is of this namespace in another cluster',
      listed: [https(taggedFor('shop', 'another-cluster'))],
    },
    {
      reason: 'it no longer sends its clients there',
      listed: [https({ quicConfig: { quicUpgradeEnabled: false, quicListenerId: LISTENER_ID } })],
    },
    { reason: 'it refers to another one', listed: [https({ quicConfig: { quicListenerId: 'lsn-quic' } })] },
    { reason: 'the list trails behind', listed: [] },
    { reason: 'the list cannot be read', listed: 'unreadable' },
  ])('is not told: $reason', async ({ listed }) => {
    expect(await told(listed)).toBeUndefined();
  });
});
