import type { Access, CloudRow, Happening, ListenerRow, Snapshot } from '../happening.ts';
import { accessLines } from './access-lines.ts';
import { BLANK, cutLine, type Line, paint, span } from './line.ts';

const INDENT = '  ';

/**
 * The demo as lines that follow one another: for a pipe, a file, a log.
 *
 * In a terminal the tables that kubectl prints are cut at its width, elsewhere nothing is.
 */
export class PlainLines implements Disposable {
  readonly #output: NodeJS.WriteStream;
  #access: Access | undefined;
  #snapshot: Snapshot | undefined;
  /** The rows as they were told last. The walk shows them by kubectl; afterwards each change is a line. */
  #live: Map<string, string> | undefined;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  tell(happening: Happening): void {
    for (const line of this.#linesOf(happening)) this.#output.write(`${paint(line, this.#output)}\n`);
  }

  [Symbol.dispose](): void {}

  #linesOf(happening: Happening): readonly Line[] {
    switch (happening.kind) {
      case 'preparing':
        return happening.line.split('\n').map((line) => [span(line)]);
      case 'up':
        this.#access = happening.access;
        return this.#accessBlock();
      case 'step':
        return [BLANK, [span(`Step ${happening.number} of ${happening.of}  ${happening.title}`, 'title')]];
      case 'command':
        return [BLANK, [span(`${INDENT}$ ${happening.command}`, 'strong')]];
      case 'output':
        return happening.text
          .trimEnd()
          .split('\n')
          .map((line) => this.#cut([span(`${INDENT}${line}`)]));
      case 'message':
        return [[span(`${INDENT}${happening.text}`, 'warning')]];
      case 'held':
        return [[span(`${INDENT}✓ ${happening.claim}`, 'good')]];
      case 'handedOver':
        this.#live = new Map();
        return [
          BLANK,
          [span('The walk is over and everything held. The listeners are applied again.', 'good')],
          ...this.#accessBlock(),
        ];
      case 'failed':
        this.#live = new Map();
        return [BLANK, [span(happening.problem, 'bad')]];
      case 'seen':
        this.#snapshot = happening.snapshot;
        return this.#live === undefined ? [] : changes(this.#live, happening.snapshot);
    }
  }

  #accessBlock(): readonly Line[] {
    if (this.#access === undefined) return [];
    const { first, more } = accessLines(this.#access, this.#snapshot, Number.POSITIVE_INFINITY);
    return [BLANK, ...first, ...more];
  }

  #cut(line: Line): Line {
    return this.#output.isTTY ? cutLine(line, this.#output.columns) : line;
  }
}

/** One line for each row that is new, other than before, or gone. */
function changes(live: Map<string, string>, { listeners, cloud }: Snapshot): readonly Line[] {
  const rows = new Map([
    ...listeners.map((row): [string, string] => [row.name, listenerText(row)]),
    ...cloud.map((row): [string, string] => [row.id, cloudText(row)]),
  ]);
  const changed = [...rows].filter(([key, text]) => live.get(key) !== text).map(([, text]) => text);
  const gone = [...live.keys()].filter((key) => !rows.has(key)).map((key) => `${key}  is gone`);
  live.clear();
  for (const [key, text] of rows) live.set(key, text);
  return [...changed, ...gone].map((text) => [span(text)]);
}

function listenerText({ name, port, phase, reason, message }: ListenerRow): string {
  return [name, port, phase, reason, message].filter((part) => part !== '').join('  ');
}

function cloudText({ id, port, status, forwardsTo }: CloudRow): string {
  return `in the cloud: ${id}  ${port}  ${status}  to ${forwardsTo}`;
}
