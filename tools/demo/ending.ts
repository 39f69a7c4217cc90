import { duration } from '../duration.ts';
import type { Outcome } from './outcome.ts';

const INTERRUPTED = 130;

/** When and how the demo ends: Ctrl-C, a signal, or a reader of the output that has gone, as in `| head`. */
export class Ending {
  readonly #controller = new AbortController();
  readonly #startedAt = performance.now();
  #hasReader = true;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => this.interrupt());
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', () => {
        this.#hasReader = false;
        this.interrupt();
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(): void {
    this.#controller.abort();
  }

  /** One line about what came of it; answers the exit code. */
  farewell(isOnce: boolean, outcome: Outcome): number {
    if (!this.#hasReader) return 0;
    const time = duration(performance.now() - this.#startedAt);
    switch (outcome.kind) {
      case 'held':
        console.log(
          isOnce
            ? `Everything held: ${outcome.checks} checks in ${time}.`
            : `The demo ran for ${time}. All that it started has ended, and left nothing behind.`,
        );
        return 0;
      case 'interrupted':
        console.log(`Interrupted after ${time}. All that was started has ended; what was built is kept.`);
        return isOnce ? INTERRUPTED : 0;
      case 'failed':
        console.error(outcome.problem);
        return 1;
    }
  }
}
