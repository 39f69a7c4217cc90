import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/runtime/object.ts';
import { type Kept, slimObject } from '../../src/runtime/slim-object.ts';
import { configMap } from '../support/kube-objects.ts';

const OURS = 'runtime.example.com/ours';
const KEPT: Kept = {
  annotations: new Map([['runtime.example.com/request', 8]]),
  finalizer: OURS,
  fields: ['data'],
};

function withMetadata(metadata: Partial<KubeObject['metadata']>, rest: object = {}): KubeObject {
  const plain = configMap({ name: 'a' });
  return { ...plain, ...rest, metadata: { ...plain.metadata, ...metadata } };
}

function many(count: number, prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

const texts = (count: number, prefix: string) =>
  Object.fromEntries(many(count, prefix).map((name) => [name, 'x'.repeat(60)]));

describe('a slimmed object', () => {
  it.each([
    { reason: 'annotations nobody reads', object: withMetadata({ annotations: texts(4000, 'note') }) },
    {
      reason: 'an annotation with a meaning and a value without end',
      object: withMetadata({ annotations: { 'runtime.example.com/request': 'x'.repeat(250_000) } }),
    },
    { reason: 'labels', object: withMetadata({ labels: texts(10_000, 'label') }) },
    {
      reason: 'finalizers of others',
      object: withMetadata({ finalizers: [...many(5000, 'held.example.com/by')] }),
    },
    {
      reason: 'owners',
      object: withMetadata({ ownerReferences: many(5000, 'owner').map((name) => ({ name })) }),
    },
    { reason: 'fields that are not read', object: withMetadata({}, { binaryData: texts(10_000, 'page') }) },
  ])('takes next to nothing, whatever it had of $reason', ({ object }) => {
    expect(JSON.stringify(object).length).toBeGreaterThan(100_000);
    expect(JSON.stringify(slimObject(object, KEPT)).length).toBeLessThan(400);
  });

  it('has all that is read', () => {
    const metadata = {
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-02T00:00:00Z',
      finalizers: ['held.example.com/before', OURS, 'held.example.com/behind'],
      annotations: { 'runtime.example.com/request': 'now' },
    };
    const object = withMetadata({ ...metadata, labels: { team: 'shop' } }, { data: { key: 'value' } });
    const { labels: _, ...kept } = object.metadata;
    expect(slimObject(object, KEPT)).toEqual({ ...object, metadata: kept });
  });

  it.each([
    { reason: 'with our finalizer among too many', own: [OURS] },
    { reason: 'without it', own: [] },
  ])('tells how many finalizers it left out, $reason', ({ own }) => {
    const finalizers = [...many(20, 'held.example.com/a'), ...own, ...many(20, 'held.example.com/b')];
    expect(slimObject(withMetadata({ finalizers }), KEPT).metadata).toMatchObject({
      finalizers: own,
      finalizersLeftOut: 40,
    });
  });
});
