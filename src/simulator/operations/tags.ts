import { z } from 'zod';
import type { Listener } from '../listener.ts';
import { missingParameter, quotaExceeded } from '../refusal.ts';
import { asRead, type StateView } from '../state.ts';
import { accept, operation, reject } from './operation.ts';
import { pageOf } from './paging.ts';
import { flag, id, listOf, paging, tagFilter, tags } from './parameter-types.ts';
import { isRefusal, visibleListener } from './preconditions.ts';

/** Documented are load balancers and others; listeners can be tagged all the same, and only they are simulated. */
const ResourceType = z.literal('listener');
const ResourceId = listOf(id, 50);

export const tagResources = operation({
  action: 'TagResources',
  write: false,
  parameters: z.object({ ResourceType, ResourceId, Tag: tags }),
  run: ({ ResourceId: ids, Tag }, { state }) => {
    const listeners = taggable(state, ids);
    if (isRefusal(listeners)) return reject(listeners);
    const keys = new Set(Tag.map((tag) => tag.Key));
    const limit = state.settings.quotas.tagsPerListener;
    const changes = [];
    for (const listener of listeners) {
      const Tags = [...listener.Tags.filter((tag) => !keys.has(tag.Key)), ...Tag];
      if (Tags.length > limit) {
        return reject(quotaExceeded('QuotaExceeded.TagsNum', listener.ListenerId, Tags.length, limit));
      }
      changes.push({ kind: 'putListener' as const, listener: { ...listener, Tags } });
    }
    return accept({}, changes);
  },
});

export const untagResources = operation({
  action: 'UnTagResources',
  write: false,
  parameters: z.object({
    ResourceType,
    ResourceId,
    TagKey: listOf(z.string(), 20).optional(),
    Tag: tagFilter.optional(),
    All: flag.optional(),
  }),
  run: ({ ResourceId: ids, TagKey = [], Tag = [], All = false }, { state }) => {
    const listeners = taggable(state, ids);
    if (isRefusal(listeners)) return reject(listeners);
    if (!All && TagKey.length === 0 && Tag.length === 0) return reject(missingParameter('TagKey'));
    const removed = (tag: Listener['Tags'][number]) =>
      (All && TagKey.length === 0) || TagKey.includes(tag.Key) || Tag.some((wanted) => fits(tag, wanted));
    return accept(
      {},
      listeners.map((listener) => ({
        kind: 'putListener',
        listener: { ...listener, Tags: listener.Tags.filter((tag) => !removed(tag)) },
      })),
    );
  },
});

export const listTagResources = operation({
  action: 'ListTagResources',
  write: false,
  parameters: z.object({
    ResourceType,
    ResourceId: ResourceId.optional(),
    Tag: tagFilter.optional(),
    ...paging,
  }),
  run: ({ ResourceId: ids, Tag, ...request }, { state, now }) => {
    const rows = [...asRead(state, now, 0).listeners.values()]
      .filter((listener) => ids?.includes(listener.ListenerId) ?? true)
      .filter((listener) => (Tag ?? []).every((wanted) => listener.Tags.some((tag) => fits(tag, wanted))))
      .flatMap((listener) =>
        listener.Tags.map((tag) => ({
          ResourceType: 'listener',
          ResourceId: listener.ListenerId,
          TagKey: tag.Key,
          TagValue: tag.Value,
        })),
      );
    const page = pageOf(rows, (row) => `${row.ResourceId}/${row.TagKey}`, request, state.settings, 50);
    return isRefusal(page) ? reject(page) : accept({ TagResources: page.items, ...page.next });
  },
});

function taggable(state: StateView, ids: readonly string[]) {
  const listeners: Listener[] = [];
  for (const listenerId of ids) {
    const listener = visibleListener(state, listenerId);
    if (isRefusal(listener)) return listener;
    listeners.push(listener);
  }
  return listeners;
}

function fits(
  tag: Listener['Tags'][number],
  wanted: { readonly Key: string; readonly Value?: string | undefined },
): boolean {
  return tag.Key === wanted.Key && (wanted.Value === undefined || tag.Value === wanted.Value);
}
