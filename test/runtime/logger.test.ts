import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogOptions, type Terminal } from '../../src/runtime/logger.ts';

const PIPE: Terminal = {};
const COLOURED: Terminal = { isTTY: true, hasColors: () => true };
/** As Node answers with NO_COLOR, and on a terminal without colours. */
const PLAIN: Terminal = { isTTY: true, hasColors: () => false };

/** What a line of the log looks like, with a fixed time in place of its own. */
function printed(format: LogOptions['format'], terminal: Terminal, message = 'starting'): string {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  const logger = createLogger({ level: 'info', format }, terminal, { write });
  logger.warn({ key: 'shop/web', error: { kind: 'forbidden', status: 403 }, note: 'two words' }, message);
  logger.debug({}, 'below the level');
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|\d\d:\d\d:\d\dZ/, 'TIME');
}

const JSON_LINE =
  '{"level":"warn","time":"TIME","key":"shop/web","error":{"kind":"forbidden","status":403},"note":"two words","msg":"starting"}\n';
const TEXT_LINE =
  'TIME WARN  starting  key=shop/web error={"kind":"forbidden","status":403} note="two words"\n';

describe('the log', () => {
  it.each([
    { reason: 'a collector reads what no terminal shows', format: 'auto', to: PIPE, line: JSON_LINE },
    { reason: 'a person reads a terminal', format: 'auto', to: PLAIN, line: TEXT_LINE },
    { reason: 'JSON is asked for', format: 'json', to: COLOURED, line: JSON_LINE },
    { reason: 'text is asked for, and a pipe shows no colours', format: 'text', to: PIPE, line: TEXT_LINE },
    { reason: 'NO_COLOR is set', format: 'text', to: PLAIN, line: TEXT_LINE },
  ] as const)('has this form: $reason', ({ format, to, line }) => {
    expect(printed(format, to)).toBe(line);
  });

  it('is coloured on a terminal that has colours, and says the same', () => {
    const line = printed('auto', COLOURED);
    expect(line).toContain('\u001b[33mWARN \u001b[39m');
    expect(stripVTControlCharacters(line)).toBe(TEXT_LINE);
  });

  it.each([
    { reason: 'a line break would forge a line', text: 'a\r\n22:00:00Z FATAL forged' },
    { reason: 'an escape sequence would clear the screen', text: '\u001b[2J\u009b2J' },
    { reason: 'a direction mark would turn the line around', text: '\u202egnp.exe' },
    { reason: 'a separator is a line break to some', text: 'a\u2028b' },
  ])('is one line whatever a message holds: $reason', ({ text }) => {
    const line = printed('text', PIPE, text);
    expect(line).toMatch(/^TIME WARN {2}[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
  });
});
