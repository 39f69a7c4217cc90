import type { Clock, Timer } from '../clock.ts';

export interface LivenessOptions {
  readonly clock: Clock;
  /** How long nothing may be heard before the other side is asked. */
  readonly silenceMs: number;
  /** Whether the other side still answers. Ends by itself, one way or the other. */
  readonly probe: () => Promise<boolean>;
  readonly onDead: () => void;
}

/**
 * Tells a quiet stream from a dead one. A connection can be cut without either end being told, and a watch
 * may rightly be silent for long: the API server sends no bookmarks for a resource that did not change since
 * it started. So silence is only the reason to ask.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #timer: Timer;
  #heard = 0;
  #stopped = false;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#timer = this.#listen();
  }

  /** Something came. */
  heard(): void {
    this.#heard += 1;
    this.#timer.cancel();
    this.#timer = this.#listen();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.cancel();
  }

  #listen(): Timer {
    return this.#options.clock.schedule(this.#options.silenceMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const heardBefore = this.#heard;
    const answered = await this.#options.probe();
    if (this.#stopped) return;
    if (answered) this.heard();
    else if (this.#heard === heardBefore) this.#options.onDead();
  }
}
