import type { Happening } from '../happening.ts';
import { screenLines } from './layout.ts';
import { Terminal } from './terminal.ts';
import { FIRST_VIEW, nextView, type View } from './view.ts';

const TICK_MS = 1000;

/** The demo as a live view of the terminal. */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #startedAt = performance.now();
  readonly #ticks: NodeJS.Timeout;
  #view: View = FIRST_VIEW;

  constructor(onInterrupt: () => void) {
    this.#terminal = new Terminal(
      { output: process.stdout, input: process.stdin },
      { onInterrupt, onResize: () => this.#draw() },
    );
    this.#ticks = setInterval(() => this.#draw(), TICK_MS);
    this.#draw();
  }

  tell(happening: Happening): void {
    this.#view = nextView(this.#view, happening);
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticks);
    this.#terminal[Symbol.dispose]();
  }

  #draw(): void {
    const elapsedMs = performance.now() - this.#startedAt;
    this.#terminal.draw(screenLines({ ...this.#view, elapsedMs }, this.#terminal.size));
  }
}
