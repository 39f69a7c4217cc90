import { beforeEach, describe, expect, it } from 'vitest';
import { StaleCache } from '../../src/cluster/stale-cache.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const ORDINARY = { serverIsBehind: false };

function web(resourceVersion: string, name = 'web'): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name, uid: `uid-${name}`, resourceVersion } };
}

describe('a write that conflicts', () => {
  let clock: VirtualClock;
  let lists: number;
  let cache: StaleCache;
  beforeEach(() => {
    clock = new VirtualClock();
    lists = 0;
    cache = new StaleCache({
      clock,
      listAnew: () => {
        lists += 1;
      },
    });
  });

  it('with an older object makes a list at once: the server went back', () => {
    cache.onConflict(web('7'), { serverIsBehind: true });
    expect(lists).toBe(1);
  });

  it('makes no list while the event of the other write may be on its way', async () => {
    cache.onConflict(web('7'), ORDINARY);
    await clock.advance(14_999);
    cache.onConflict(web('7'), ORDINARY);
    expect(lists).toBe(0);
  });

  it('makes a list when the cached version has not changed for 15 s, and the next one after as long again', async () => {
    cache.onConflict(web('7'), ORDINARY);
    await clock.advance(15_000);
    cache.onConflict(web('7'), ORDINARY);
    expect(lists).toBe(1);
    cache.onConflict(web('7'), ORDINARY);
    expect(lists).toBe(1);
    await clock.advance(15_000);
    cache.onConflict(web('7'), ORDINARY);
    expect(lists).toBe(2);
  });

  it('makes no list where the watch brings one version after another, however long the writes conflict', async () => {
    for (let version = 1; version < 60; version += 1) {
      cache.onConflict(web(String(version)), ORDINARY);
      await clock.advance(1000);
    }
    expect(lists).toBe(0);
  });

  it('says nothing about another object', async () => {
    cache.onConflict(web('7'), ORDINARY);
    await clock.advance(15_000);
    cache.onConflict(web('7', 'api'), ORDINARY);
    expect(lists).toBe(0);
  });
});
