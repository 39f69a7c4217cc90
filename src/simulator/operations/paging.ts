import { invalidParameter, type Refusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** To be spread into the answer; empty on the last page. */
  readonly next: { readonly NextToken?: string };
  readonly maxResults: number;
}

/** Where a page begins: behind this key, behind so many items, or behind the end, for the n-th time. */
type Place =
  | { readonly after: 'key'; readonly key: string }
  | { readonly after: 'items'; readonly count: number }
  | { readonly after: 'end'; readonly times: number };

/**
 * One page of a list, in the order of its keys; `keyOf` has to be unique. A cursor names the last key already seen, so
 * that items which come or go between two pages neither repeat nor hide others. An offset counts the items already
 * seen: one that goes meanwhile hides another.
 */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  request: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
  { pageToken, pageSize, afterLastPage }: Pick<Settings, 'pageToken' | 'pageSize' | 'afterLastPage'>,
  defaultMaxResults = 20,
): Page<Item> | Refusal {
  const maxResults = Math.min(request.MaxResults ?? defaultMaxResults, pageSize ?? Number.POSITIVE_INFINITY);
  const first: Place = pageToken === 'cursor' ? { after: 'key', key: '' } : { after: 'items', count: 0 };
  const begin = request.NextToken ? placeOf(request.NextToken) : first;
  if (begin === undefined) return invalidParameter('NextToken was not given by this API');
  const sorted = all.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const from = indexOf(begin, sorted);
  const end = Math.min(from + maxResults, sorted.length);
  const next: Place | undefined =
    end < sorted.length
      ? pageToken === 'cursor'
        ? { after: 'key', key: sorted[end - 1]?.key ?? '' }
        : { after: 'items', count: end }
      : behindTheEnd(begin, afterLastPage);
  return {
    items: sorted.slice(from, end).map(({ item }) => item),
    next: next === undefined ? {} : { NextToken: tokenOf(next) },
    maxResults,
  };
}

function behindTheEnd(begin: Place, afterLastPage: Settings['afterLastPage']): Place | undefined {
  switch (afterLastPage) {
    case 'nothing':
      return undefined;
    case 'sameToken':
      return begin;
    case 'newTokens':
      return { after: 'end', times: begin.after === 'end' ? begin.times + 1 : 1 };
  }
}

function indexOf(place: Place, sorted: readonly { readonly key: string }[]): number {
  switch (place.after) {
    case 'key': {
      const index = sorted.findIndex(({ key }) => key > place.key);
      return index === -1 ? sorted.length : index;
    }
    case 'items':
      return Math.min(place.count, sorted.length);
    case 'end':
      return sorted.length;
  }
}

function tokenOf(place: Place): string {
  return Buffer.from(textOf(place)).toString('base64url');
}

function textOf(place: Place): string {
  switch (place.after) {
    case 'key':
      return `after:${place.key}`;
    case 'items':
      return `offset:${place.count}`;
    case 'end':
      return `end:${place.times}`;
  }
}

function placeOf(token: string): Place | undefined {
  const [, kind, rest = ''] =
    /^(after|offset|end):(.*)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (kind === 'after') return { after: 'key', key: rest };
  if (!/^\d{1,15}$/.test(rest)) return undefined;
  return kind === 'offset' ? { after: 'items', count: Number(rest) } : { after: 'end', times: Number(rest) };
}
