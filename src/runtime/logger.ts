import { type DestinationStream, type Logger, pino } from 'pino';
import { readableLine } from './log-line.ts';

export interface LogOptions {
  readonly level: string;
  /** `auto`: `text` on a terminal, `json` elsewhere. */
  readonly format: 'json' | 'text' | 'auto';
}

/** What is known of standard output; `process.stdout` fits. */
export interface Terminal {
  readonly isTTY?: boolean;
  /** Node's own answer, which honours NO_COLOR and a terminal without colours. */
  hasColors?(): boolean;
}

/**
 * The log of the program, with levels as words: JSON for machines, readable lines for people.
 *
 * The readable form is made here and not by pino-pretty 13.2. That brings 14 packages and 120 KiB into the bundle for a
 * form that production never uses, spreads an error over several lines whatever its options, and prints line breaks in a
 * message as they are, so that a text from a manifest could forge a line of the log.
 */
export function createLogger({ level, format }: LogOptions, terminal: Terminal, output = stdout()): Logger {
  const isReadable = format === 'text' || (format === 'auto' && terminal.isTTY === true);
  const inColour = terminal.isTTY === true && terminal.hasColors?.() === true;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (word) => ({ level: word }) },
    },
    isReadable ? { write: (line) => output.write(readableLine(line, inColour)) } : output,
  );
}

/** Synchronous, so that the last lines before an exit are not lost. */
function stdout(): DestinationStream {
  return pino.destination({ dest: 1, sync: true });
}
