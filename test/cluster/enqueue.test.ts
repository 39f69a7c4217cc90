import { beforeEach, describe, expect, it } from 'vitest';
import { enqueueChanges } from '../../src/cluster/enqueue.ts';
import { type ListenerStore, listenerStore, Relations } from '../../src/cluster/relations.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../../src/runtime/object.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const RAN = { listenerId: 'lsn-quic', observed: { listenerStatus: 'Running' } };
const quic = (parts: Parts = {}) => listener('quic', { spec: { listenerProtocol: 'QUIC' }, ...parts });
const https = (parts: Parts = {}) =>
  listener('https', {
    spec: { listenerProtocol: 'HTTPS', quicConfig: { quicListenerRef: { name: 'quic' } } },
    ...parts,
  });
const httpsById = (parts: Parts = {}) =>
  listener('https', {
    spec: { listenerProtocol: 'HTTPS', quicConfig: { quicListenerId: 'lsn-quic' } },
    ...parts,
  });
const sourced = (name: string, configMap: string) =>
  listener(name, {
    spec: {
      loadBalancerId: undefined,
      loadBalancerIdFrom: { configMapKeyRef: { name: configMap, key: 'lb' } },
    },
  });

const readyAs = (reason: string) => ({ conditions: [{ type: 'Ready', reason }] });

describe('what a change brings into the queue', () => {
  let store: ListenerStore;
  let loadBalancer: string;
  let queued: Map<ObjectKey, string>;
  let tellOfConfigMap: (key: ObjectKey) => void;
  beforeEach(() => {
    store = listenerStore(recordingLogger());
    loadBalancer = 'alb-one';
    const relations = new Relations(store, {
      configMapValue: () => ({ found: 'value', value: loadBalancer }),
    });
    queued = new Map();
    const configMaps = {
      subscribe: (listener: (key: ObjectKey) => void) => {
        tellOfConfigMap = listener;
      },
    };
    const queue = { add: (key: ObjectKey, priority: string) => void queued.set(key, priority) };
    enqueueChanges({ store, relations, configMaps, queue });
  });

  /** Brings the store to a state, and forgets what that brought into the queue. */
  function given(...objects: readonly KubeObject[]): void {
    store.replace(objects);
    queued.clear();
  }

  it.each<{
    reason: string;
    before: readonly KubeObject[];
    now: KubeObject;
    queued: Readonly<Record<string, string>>;
  }>([
    {
      reason: 'a status write of ours is no reason to look again',
      before: [listener('web')],
      now: listener('web', { status: { phase: 'Failed' } }),
      queued: {},
    },
    {
      reason: 'a new object that comes to wait for a port opens it to none of those that wait already',
      before: [listener('web'), listener('waiting', { status: readyAs('PortClaimed') })],
      now: listener('web', { status: readyAs('PortClaimed') }),
      queued: {},
    },
    {
      reason: 'one that is refused for another reason may open it',
      before: [listener('web'), listener('waiting', { status: readyAs('PortClaimed') })],
      now: listener('web', { status: readyAs('AuthenticationFailed') }),
      queued: { 'shop/waiting': 'normal' },
    },
    {
      reason: 'of several that wait, the one that comes first is enough: its own change wakes the next',
      before: [
        listener('web'),
        listener('later', { status: readyAs('PortClaimed') }),
        listener('earlier', { status: readyAs('PortClaimed') }),
      ],
      now: listener('web', { status: readyAs('AuthenticationFailed') }),
      queued: { 'shop/earlier': 'normal' },
    },
    {
      reason: 'an edit is',
      before: [listener('web')],
      now: listener('web', { generation: 2 }),
      queued: { 'shop/web': 'high' },
    },
    {
      reason: 'so is a request to look now',
      before: [listener('web')],
      now: listener('web', { annotations: { 'alb.alibabacloud.com/reconcile-requested-at': 'now' } }),
      queued: { 'shop/web': 'high' },
    },
    {
      reason: 'and the word that a listener may be deleted',
      before: [listener('web')],
      now: listener('web', { annotations: { 'alb.alibabacloud.com/allow-deletion': 'true' } }),
      queued: { 'shop/web': 'high' },
    },
    {
      reason: 'other annotations are not',
      before: [listener('web')],
      now: listener('web', { annotations: { 'example.com/note': 'hello' } }),
      queued: {},
    },
    {
      reason: 'whoever waits for a QUIC listener learns that it is there',
      before: [https()],
      now: quic(),
      queued: { 'shop/quic': 'high', 'shop/https': 'normal' },
    },
    {
      reason: 'and that it runs',
      before: [https(), quic({ status: { listenerId: 'lsn-quic' } })],
      now: quic({ status: RAN }),
      queued: { 'shop/https': 'normal' },
    },
    {
      reason: 'what else is seen of it concerns nobody',
      before: [https(), quic({ status: RAN })],
      now: quic({ status: { ...RAN, observed: { listenerStatus: 'Running', requestTimeout: 30 } } }),
      queued: {},
    },
    {
      reason: 'a deletion that waits for a listener learns of every step of it',
      before: [https({ status: { listenerId: 'lsn-https' } }), quic({ status: RAN, deleted: true })],
      now: https({ status: {} }),
      queued: { 'shop/quic': 'normal' },
    },
    {
      reason: 'by id as well as by name',
      before: [httpsById(), quic({ status: RAN, deleted: true })],
      now: listener('https', { generation: 2 }),
      queued: { 'shop/https': 'high', 'shop/quic': 'normal' },
    },
    {
      reason: 'and by what the cloud was last seen to do',
      before: [
        listener('https', { status: { observed: { quicConfig: { quicListenerId: 'lsn-quic' } } } }),
        quic({ status: RAN, deleted: true }),
      ],
      now: listener('https', { status: { observed: { quicConfig: { quicUpgradeEnabled: false } } } }),
      queued: { 'shop/quic': 'normal' },
    },
    {
      reason: 'a QUIC listener that nobody deletes has nothing to wait for',
      before: [https({ status: { listenerId: 'lsn-https' } }), quic({ status: RAN })],
      now: https({ status: {} }),
      queued: {},
    },
  ])('$reason', ({ before, now, queued: expected }) => {
    given(...before);
    store.apply(next(now));
    expect(Object.fromEntries(queued)).toEqual(expected);
  });

  it('is the QUIC listener that waits for it, when an HTTPS listener goes', () => {
    given(https(), quic({ status: RAN, deleted: true }));
    store.remove(https());
    expect(queued.get('shop/quic')).toBe('normal');
  });

  it('is everybody who waits for its port, when a listener goes, wherever their load balancer is named', () => {
    given(listener('first'), listener('second'), sourced('third', 'ids'));
    store.remove(listener('first'));
    expect(new Set(queued.keys())).toEqual(new Set(['shop/first', 'shop/second', 'shop/third']));

    loadBalancer = 'alb-two';
    given(listener('first'), sourced('third', 'ids'));
    store.remove(listener('first'));
    expect([...queued.keys()]).toEqual(['shop/first']);
  });

  it('is whoever takes an id from a ConfigMap, and first of all, when that changes', () => {
    given(sourced('one', 'ids'), sourced('two', 'other'), listener('three'));
    tellOfConfigMap('shop/ids');
    expect(Object.fromEntries(queued)).toEqual({ 'shop/one': 'high' });
    tellOfConfigMap('elsewhere/other');
    expect(queued.size).toBe(1);
  });

  it('is everybody once, last of all, when the first list comes', () => {
    store.replace([https(), quic({ status: RAN })]);
    expect(Object.fromEntries(queued)).toEqual({ 'shop/https': 'low', 'shop/quic': 'low' });
  });
});

interface Parts {
  readonly spec?: object;
  readonly status?: object;
  readonly generation?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}

function listener(name: string, parts: Parts = {}): KubeObject {
  return {
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: {
      namespace: 'shop',
      name,
      uid: `uid-of-${name}`,
      resourceVersion: '1',
      generation: parts.generation ?? 1,
      annotations: { ...parts.annotations },
      ...(parts.deleted === true && { deletionTimestamp: '2026-01-02T00:00:00Z' }),
    },
    spec: { loadBalancerId: 'alb-one', listenerProtocol: 'HTTP', listenerPort: 80, ...parts.spec },
    status: parts.status,
  };
}

/** The object with another version, as after any write. */
function next(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: `2-${keyOf(object)}` } };
}
