import { describe, expect, it } from 'vitest';
import { keyOf, objectKey, parseObject, splitKey } from '../../src/runtime/object.ts';

const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '7' };

describe('reading an object', () => {
  it('keeps every field but managedFields', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { ...metadata, annotations: { x: 'y' }, selfLink: '/old', managedFields: [{}] },
      spec: { deep: [{ unknown: null }] },
    };
    const { managedFields: _gone, ...kept } = object.metadata;
    expect(parseObject(object)).toEqual({ ...object, metadata: kept });
  });

  it.each([
    { value: undefined, reason: 'nothing' },
    { value: [], reason: 'an array' },
    { value: { apiVersion: 'v1', kind: 'Thing' }, reason: 'no metadata' },
    { value: { apiVersion: 'v1', metadata }, reason: 'no kind' },
    {
      value: { apiVersion: 'v1', kind: 'Thing', metadata: { ...metadata, uid: undefined } },
      reason: 'no uid',
    },
    {
      value: { apiVersion: 'v1', kind: 'Thing', metadata: { ...metadata, finalizers: 'x' } },
      reason: 'finalizers that are no list',
    },
  ])('refuses $reason', ({ value }) => {
    expect(parseObject(value)).toBeUndefined();
  });
});

describe('a key', () => {
  it.each([
    { namespace: 'n', name: 'a.b', key: 'n/a.b' },
    { namespace: undefined, name: 'a', key: '/a' },
  ])('is $key', ({ namespace, name, key }) => {
    expect(objectKey(namespace, name)).toBe(key);
    expect(splitKey(objectKey(namespace, name))).toEqual({ namespace: namespace ?? '', name });
  });

  it('is made of an object’s own namespace and name', () => {
    expect(keyOf({ apiVersion: 'v1', kind: 'Thing', metadata })).toBe('n/a');
  });
});
