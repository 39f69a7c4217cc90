import type { Page } from './answers.ts';
import type { Outcome } from './error.ts';
import { noAnswer } from './rpc-outcome.ts';

/** The largest page the API gives. */
export const PAGE_SIZE = 100;
/** Five times what 20 load balancers can hold at the documented quota of 100 listeners each. */
const PAGES_MAX = 100;

/**
 * Reads a list to its last page. A list that does not end is answered as unknown, never with the part that was read: a
 * truncated list would pass for proof that the rest does not exist.
 *
 * @param read one page; without a token, the first
 */
export async function allPages<T>(
  operation: string,
  read: (token: string | undefined) => Promise<Outcome<Page<T>>>,
): Promise<Outcome<readonly T[]>> {
  const items: T[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  let requestId = '';
  while (tokens.size < PAGES_MAX) {
    const page = await read(token);
    if (page.outcome !== 'yes') return page;
    ({ requestId } = page);
    items.push(...page.value.items);
    token = page.value.nextToken;
    if (token === '') return { outcome: 'yes', value: items, requestId };
    if (tokens.has(token))
      return endless(operation, 'The pages of the list go round in a circle.', requestId);
    tokens.add(token);
  }
  return endless(operation, `The list has not ended after ${PAGES_MAX} pages.`, requestId);
}

function endless(operation: string, problem: string, requestId: string): Outcome<never> {
  return noAnswer(operation, 'UnexpectedAnswer', { message: problem, requestId });
}
