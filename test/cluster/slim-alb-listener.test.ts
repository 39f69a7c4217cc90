import { describe, expect, it } from 'vitest';
import { slimAlbListener } from '../../src/cluster/slim-alb-listener.ts';
import { isRequested, requestOf } from '../../src/listener/request.ts';
import { ALLOW_SWEEP, FINALIZER, RECONCILE_REQUEST, readAlbListener } from '../../src/listener/resource.ts';
import { parseObject } from '../../src/runtime/object.ts';

function stored(annotations: Readonly<Record<string, string>>, handled?: string) {
  const object = parseObject({
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'uid-of-web',
      resourceVersion: '7',
      generation: 2,
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: [FINALIZER],
      labels: { team: 'shop' },
      annotations: { note: 'x'.repeat(1000), ...annotations },
    },
    spec: { loadBalancerId: 'alb-one' },
    status: { observedGeneration: 2, listenerId: 'lsn-1', handledReconcileAt: handled },
  });
  if (object === undefined) throw new Error('it is an object');
  return object;
}

describe('what is kept of an AlbListener', () => {
  it.each([
    { reason: 'without annotations that mean anything', annotations: {} },
    { reason: 'with a request', annotations: { [RECONCILE_REQUEST]: 'now' } },
    { reason: 'with permission to sweep', annotations: { [ALLOW_SWEEP]: 'true' } },
  ])('reads as all of it does, $reason', ({ annotations }) => {
    const full = stored(annotations);
    const { stored: _, ...read } = readAlbListener(full);
    expect(readAlbListener(slimAlbListener(full))).toMatchObject(read);
    expect(slimAlbListener(full).metadata.annotations).toEqual(annotations);
  });

  it.each([
    { reason: 'longer than what is remembered', value: 'x'.repeat(250_000) },
    { reason: 'cut inside a character', value: `${'x'.repeat(63)}😀${'y'.repeat(100)}` },
  ])('asks for the same, and is handled alike, by a request that is $reason', ({ value }) => {
    const full = readAlbListener(stored({ [RECONCILE_REQUEST]: value }));
    const handled = stored({ [RECONCILE_REQUEST]: value }, requestOf(full));
    expect(requestOf(readAlbListener(slimAlbListener(handled)))).toBe(requestOf(full));
    expect(isRequested(readAlbListener(slimAlbListener(handled)))).toBe(false);
  });

  it.each(['true ', 'truely', `true${'x'.repeat(1000)}`])('permits nothing by %j', (value) => {
    expect(slimAlbListener(stored({ [ALLOW_SWEEP]: value })).metadata.annotations?.[ALLOW_SWEEP]).not.toBe(
      'true',
    );
  });
});
