/** Which kinds of faults can strike, and how often each has. */
export class FaultTally {
  readonly #off: ReadonlySet<string>;
  readonly #counts = new Map<string, number>();
  /** In fair weather nothing goes wrong. */
  isFair = false;

  /** @param off kinds that never strike, for one who looks for those that a failure needs */
  constructor(off: ReadonlySet<string>) {
    this.#off = off;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Whether the kind is switched on, whatever the weather. */
  isOn(kind: string): boolean {
    return !this.#off.has(kind);
  }

  /** Whether a fault that was drawn strikes; if so it counts. */
  strikes(kind: string): boolean {
    if (this.isFair || !this.isOn(kind)) return false;
    this.count(kind);
    return true;
  }

  count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}
