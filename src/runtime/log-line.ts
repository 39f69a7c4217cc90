import { styleText } from 'node:util';
import { z } from 'zod';

/** A line as pino writes it, with the level as a word and the time in ISO 8601. */
const jsonLine = z.looseObject({ time: z.string(), level: z.string(), msg: z.string().catch('') });

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<string, Style>> = {
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: ['red', 'bold'],
};

/**
 * One line of the JSON log as one line for people: `22:33:19Z WARN  message  key=shop/web`.
 *
 * The time is UTC, as in every status. Texts in the log come from manifests and from the cloud, so whatever could move the
 * cursor or begin another line is escaped. A line that is not JSON stays as it is.
 */
export function readableLine(line: string, inColour: boolean): string {
  const parsed = jsonLine.safeParse(parse(line));
  if (!parsed.success) return line;
  const { time, level, msg, ...fields } = parsed.data;
  const paint = (style: Style, text: string) =>
    inColour ? styleText(style, text, { validateStream: false }) : text;
  const head = `${paint('dim', `${time.slice(11, 19)}Z`)} ${paint(STYLES[level] ?? 'dim', level.toUpperCase().padEnd(5))}`;
  const tail = Object.entries(fields).map(
    ([name, value]) => `${paint('dim', `${printable(name)}=`)}${valueOf(value)}`,
  );
  return `${[`${head} ${printable(msg)}`, ...(tail.length === 0 ? [] : ['']), ...tail].join(' ')}\n`;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Quoted where it would not be seen to be one value. */
function valueOf(value: unknown): string {
  const isWord = typeof value === 'string' && /^[^\s"'=]+$/.test(value);
  return printable(isWord ? value : JSON.stringify(value));
}

function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
