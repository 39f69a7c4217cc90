import { z } from 'zod';
import type { KubeObject } from '../object.ts';
import { parseObject } from '../object.ts';
import type { ApiError } from './api-error.ts';
import { errorFromStatusObject } from './api-error.ts';

export type WatchEvent =
  | { readonly type: 'applied'; readonly object: KubeObject }
  | { readonly type: 'deleted'; readonly object: KubeObject }
  /** Nothing changed up to this resourceVersion: a watch may go on from here. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  /** Always the last event. */
  | { readonly type: 'failed'; readonly error: ApiError };

const envelope = z.object({ type: z.string(), object: z.unknown() });
const bookmark = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** Reads one line of a watch. What cannot be read is a failure: skipping it could mean missing an edit. */
export function parseWatchEvent(line: unknown): WatchEvent {
  const parsed = envelope.safeParse(line);
  if (!parsed.success) return unreadable('without a type');
  const { type, object } = parsed.data;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return withObject('applied', object);
    case 'DELETED':
      return withObject('deleted', object);
    case 'BOOKMARK': {
      const { data } = bookmark.safeParse(object);
      if (data === undefined) return unreadable('BOOKMARK without a resourceVersion');
      return { type: 'bookmark', resourceVersion: data.metadata.resourceVersion };
    }
    case 'ERROR':
      return { type: 'failed', error: errorFromStatusObject(object) };
    default:
      return unreadable(`of the unknown type ${type.slice(0, 32)}`);
  }
}

function withObject(type: 'applied' | 'deleted', value: unknown): WatchEvent {
  const object = parseObject(value);
  return object === undefined
    ? unreadable('whose object has no name, uid or resourceVersion')
    : { type, object };
}

function unreadable(what: string): WatchEvent {
  return { type: 'failed', error: { kind: 'malformed', message: `the watch sent an event ${what}` } };
}
