import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './layout.ts';
import { type Line, paint } from './line.ts';

const ESC = '\u001b[';
// A screen of its own, as an editor has: what stood in the terminal before is there again afterwards. No cursor, and
// no wrapping, so that a character whose width the terminal sees otherwise moves no line.
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
const CLEAR = `${ESC}2J`;
const CTRL_C = '\u0003';

/** The terminal as a surface of lines. Gives it back as it was, also when the process ends by an error. */
export class Terminal implements Disposable {
  readonly #output: WriteStream;
  readonly #input: ReadStream;
  readonly #onInterrupt: () => void;
  readonly #restore = (): void => this[Symbol.dispose]();
  #shown: readonly string[] = [];
  #isOpen = true;

  /** `onInterrupt` hears of Ctrl-C. `onResize` is to draw again. */
  constructor(
    { output, input }: { readonly output: WriteStream; readonly input: ReadStream },
    { onInterrupt, onResize }: { readonly onInterrupt: () => void; readonly onResize: () => void },
  ) {
    this.#output = output;
    this.#input = input;
    this.#onInterrupt = onInterrupt;
    this.#output.write(ENTER);
    this.#output.on('resize', () => {
      this.#shown = [];
      onResize();
    });
    if (input.isTTY) {
      // Keys that are typed here would be written into the picture.
      input.setRawMode(true);
      input.on('data', this.#onKeys);
    }
    process.once('exit', this.#restore);
  }

  get size(): Size {
    return { columns: this.#output.columns, rows: this.#output.rows };
  }

  /** Writes the lines that changed, in one piece. */
  draw(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    const painted = lines.map((line) => paint(line, this.#output));
    const isFirst = this.#shown.length === 0;
    const changed = painted.flatMap((text, index) =>
      text === this.#shown[index] ? [] : [`${ESC}${index + 1};1H${ESC}2K${text}`],
    );
    this.#shown = painted;
    if (changed.length > 0) this.#output.write((isFirst ? CLEAR : '') + changed.join(''));
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#restore);
    if (this.#input.isTTY) {
      this.#input.off('data', this.#onKeys);
      this.#input.setRawMode(false);
      this.#input.pause();
    }
    this.#output.write(LEAVE);
  }

  readonly #onKeys = (keys: Buffer): void => {
    if (keys.toString().includes(CTRL_C)) this.#onInterrupt();
  };
}
