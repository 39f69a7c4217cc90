/** The most bytes of a page of a list. Reading one takes about four times as much memory for a moment. */
export const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** What it shall weigh, by what the page before did. */
const WANTED_PAGE_BYTES = 4 * 1024 * 1024;

export const FIRST_PAGE_SIZE = 50;
const MOST_OBJECTS = 500;

/** How many objects to ask for after a page of `size` was asked for and came. */
export function nextPageSize(
  size: number,
  came: { readonly objects: number; readonly bytes: number | undefined },
): number {
  const fitting =
    came.bytes === undefined ? MOST_OBJECTS : Math.floor((WANTED_PAGE_BYTES * came.objects) / came.bytes);
  return Math.max(1, Math.min(2 * size, fitting, MOST_OBJECTS));
}

/** How many to ask for after `size` were too many. */
export function smallerPageSize(size: number): number {
  return Math.max(1, Math.floor(size / 4));
}
