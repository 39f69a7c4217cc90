/** A call that waits between arrival and effect, or between effect and answer. */
export interface HeldCall {
  readonly sequence: number;
  readonly action: string;
  readonly effect: 'before' | 'after';
  readonly parameters: Readonly<Record<string, string>>;
}

/** `go`: on with the call. `cut`: reset its connection; a call held before its effect then never has one. */
export type Release = 'go' | 'cut';

export class HeldCalls {
  readonly #held = new Map<number, { readonly call: HeldCall; readonly release: (how: Release) => void }>();

  /** Waits until the call is released. */
  hold(call: HeldCall): Promise<Release> {
    return new Promise((release) => this.#held.set(call.sequence, { call, release }));
  }

  list(): readonly HeldCall[] {
    return [...this.#held.values()].map(({ call }) => call);
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
