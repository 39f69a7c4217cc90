import { invalidParameter, type Refusal } from '../refusal.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly next: { readonly NextToken: string } | Record<never, never>;
  readonly maxResults: number;
}

/**
 * One page of a list. The token names the last item already seen, so that items which come or go between two
 * pages neither repeat nor hide others.
 *
 * `keyOf` has to be unique and the list has to be in a stable order.
 */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  request: { readonly NextToken?: string | undefined; readonly MaxResults?: number | undefined },
  defaultMaxResults = 20,
): Page<Item> | Refusal {
  const maxResults = request.MaxResults ?? defaultMaxResults;
  const start = startOf(all, keyOf, request.NextToken);
  if (start === undefined) return invalidParameter('NextToken was not given by this list');
  const items = all.slice(start, start + maxResults);
  const last = items.at(-1);
  const complete = start + items.length >= all.length;
  const next = complete || last === undefined ? {} : { NextToken: tokenOf(start + items.length, keyOf(last)) };
  return { items, next, maxResults };
}

function startOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  token: string | undefined,
): number | undefined {
  if (token === undefined || token === '') return 0;
  const [, position, key] = /^(\d+)\/(.+)$/s.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (position === undefined || key === undefined) return undefined;
  const index = all.findIndex((item) => keyOf(item) === key);
  // The item itself may be gone by now: then its old position is the best guess.
  return index === -1 ? Math.max(0, Number(position) - 1) : index + 1;
}

function tokenOf(position: number, key: string): string {
  return Buffer.from(`${position}/${key}`).toString('base64url');
}
