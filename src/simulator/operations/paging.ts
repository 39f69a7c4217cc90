import { invalidParameter, type Refusal } from '../refusal.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** To be spread into the answer; empty on the last page. */
  readonly next: { readonly NextToken?: string };
  readonly maxResults: number;
}

/**
 * One page of a list, in the order of its keys. The token names the last key already seen, so that items which
 * come or go between two pages neither repeat nor hide others. `keyOf` has to be unique.
 */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  request: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
  defaultMaxResults = 20,
): Page<Item> | Refusal {
  const maxResults = request.MaxResults ?? defaultMaxResults;
  const seen = request.NextToken ? lastSeen(request.NextToken) : '';
  if (seen === undefined) return invalidParameter('NextToken was not given by this API');
  const left = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > seen)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = left.slice(0, maxResults);
  const last = page.at(-1);
  const next = last === undefined || page.length === left.length ? {} : { NextToken: tokenOf(last.key) };
  return { items: page.map(({ item }) => item), next, maxResults };
}

const mark = 'after:';

function tokenOf(key: string): string {
  return Buffer.from(`${mark}${key}`).toString('base64url');
}

function lastSeen(token: string): string | undefined {
  const text = Buffer.from(token, 'base64url').toString();
  return text.startsWith(mark) ? text.slice(mark.length) : undefined;
}
