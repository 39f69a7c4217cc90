/** For what the other side sends: no answer, however odd, may make time series without end. */
export class BoundedLabel {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The word itself as long as there are few, `Other` for what comes after them and for what is no word. */
  of(word: string): string {
    if (this.#known.has(word)) return word;
    if (this.#known.size >= this.#limit || !/^[A-Za-z][\w.]{0,79}$/.test(word)) return 'Other';
    this.#known.add(word);
    return word;
  }
}
