import { styleText } from 'node:util';
import { cut, oneLine, widthOf } from './text.ts';

/** What a text means; `paint` knows the colours. */
export type Tone = 'plain' | 'title' | 'strong' | 'faint' | 'good' | 'warning' | 'bad';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen, without escape sequences: it can be measured and cut. */
export type Line = readonly Span[];

const FORMATS: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  plain: 'none',
  title: ['bold', 'cyan'],
  strong: 'bold',
  faint: 'dim',
  good: 'green',
  warning: 'yellow',
  bad: 'red',
};

export const BLANK: Line = [];

/** A text of any origin: what would break the line is taken out of it. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: oneLine(text), tone };
}

/** The line in at most so many columns. */
export function cutLine(line: Line, columns: number): Line {
  let left = columns;
  const kept: Span[] = [];
  for (const { text, tone } of line) {
    const fitting = cut(text, left);
    if (fitting !== '') kept.push({ text: fitting, tone });
    left -= widthOf(fitting);
    if (fitting !== text) break;
  }
  return kept;
}

export function plainText(line: Line): string {
  return line
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}

/** With colours, if the stream is a terminal that has them and NO_COLOR is not set. */
export function paint(line: Line, stream: NodeJS.WritableStream): string {
  return line.map(({ text, tone }) => styleText(FORMATS[tone], text, { stream })).join('');
}
