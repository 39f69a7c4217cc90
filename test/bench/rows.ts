/** A figure as it is printed, and as later rows compare with it. */
export interface Figure<Value> {
  readonly value: Value;
  readonly text: string;
}

/**
 * The rows of a benchmark, printed as they come.
 *
 * A row that fails is reported as missed, and the next one is measured.
 */
export class Rows {
  readonly #print: (line: string) => void;
  #measured = 0;
  #missed = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** The value of the row; `undefined` when it was missed. */
  async row<Value>(name: string, measure: () => Promise<Figure<Value>>): Promise<Value | undefined> {
    try {
      const { value, text } = await measure();
      this.#measured += 1;
      this.#print(`${name}: ${text}`);
      return value;
    } catch (error) {
      this.#missed += 1;
      this.#print(`${name}: missed: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  get verdict(): { readonly passed: boolean; readonly line: string } {
    const missed = this.#missed === 0 ? '' : `, ${this.#missed} missed`;
    return { passed: this.#missed === 0, line: `${this.#measured} rows measured${missed}` };
  }
}
