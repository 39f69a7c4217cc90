/** A call that waits between arrival and effect, or between effect and answer. */
export interface HeldCall {
  readonly sequence: number;
  readonly action: string;
  readonly effect: 'before' | 'after';
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the caller has closed its connection meanwhile. */
  readonly callerGone: boolean;
}

/** `go`: on with the call. `cut`: reset its connection; a call held before its effect then never has one. */
export type Release = 'go' | 'cut';

interface Held {
  readonly call: Omit<HeldCall, 'callerGone'>;
  readonly isCallerGone: () => boolean;
  readonly release: (how: Release) => void;
}

export class HeldCalls {
  readonly #held = new Map<number, Held>();

  /** Waits until the call is released. */
  hold(call: Omit<HeldCall, 'callerGone'>, isCallerGone: () => boolean): Promise<Release> {
    return new Promise((release) => this.#held.set(call.sequence, { call, isCallerGone, release }));
  }

  list(): readonly HeldCall[] {
    return Array.from(this.#held.values(), ({ call, isCallerGone }) =>
      Object.assign({ callerGone: isCallerGone() }, call),
    );
  }

  /** False when no such call is held. */
  release(sequence: number, how: Release): boolean {
    const held = this.#held.get(sequence);
    if (held === undefined) return false;
    this.#held.delete(sequence);
    held.release(how);
    return true;
  }

  releaseAll(how: Release): void {
    for (const sequence of this.#held.keys()) this.release(sequence, how);
  }
}
