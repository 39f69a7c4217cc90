import type { CloudCall } from '../cloud.ts';
import type { Invariant } from './invariant.ts';

/** More than any list here has, and a little more than the operator reads of one. */
const MOST_PAGES = 120;

/** A list that names page after page is given up, whatever the cloud says. */
export class ListsEnd implements Invariant {
  readonly name = 'a list that does not end is given up';
  readonly #pages = new Map<string, number>();

  judgeCall({ process, operation, parameters: { NextToken, ...filter } }: CloudCall): string | undefined {
    if (!operation.startsWith('List')) return undefined;
    const list = `${process} ${operation} ${JSON.stringify(filter)}`;
    const pages = NextToken === undefined ? 1 : (this.#pages.get(list) ?? 0) + 1;
    this.#pages.set(list, pages);
    return pages > MOST_PAGES ? `${process} has read ${pages} pages of one ${operation}` : undefined;
  }
}
