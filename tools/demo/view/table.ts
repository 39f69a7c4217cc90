import { type Line, type Span, span } from './line.ts';
import { fill, widthOf } from './text.ts';

const GAP = 2;

/** The header and the rows of a table in so many columns at most: cells are cut, never wrapped. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly Span[])[],
  columns: number,
): readonly Line[] {
  const lines = [header.map((title) => span(title, 'faint')), ...rows];
  const natural = header.map((_, index) =>
    Math.max(...lines.map((line) => widthOf(line[index]?.text ?? ''))),
  );
  const widths = narrowed(natural, columns - GAP * (header.length - 1));
  return lines.map((cells) =>
    cells.map(({ text, tone }, index) => {
      const isLast = index === header.length - 1;
      return { text: fill(text, widths[index] ?? 0) + (isLast ? '' : ' '.repeat(GAP)), tone };
    }),
  );
}

/** Widths that fit together: the widest column shrinks first, so short ones stay whole longest. */
function narrowed(natural: readonly number[], available: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest === 0) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}
