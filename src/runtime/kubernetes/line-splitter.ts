/** Cuts a stream of UTF-8 bytes into lines, wherever the chunks happen to break: inside a line or a character. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #parts: string[] = [];

  /** The lines that this chunk completed, without line breaks and without empty lines. */
  push(chunk: Uint8Array): readonly string[] {
    const [first = '', ...rest] = this.#decoder.decode(chunk, { stream: true }).split('\n');
    this.#parts.push(first);
    const last = rest.pop();
    if (last === undefined) return [];

    const lines = [this.#parts.join(''), ...rest];
    this.#parts = [last];
    return lines.filter((line) => line.trim() !== '');
  }

  /** True when bytes came after the last line break: the stream stopped inside a line. */
  hasRest(): boolean {
    return this.#parts.join('').trim() !== '' || this.#decoder.decode() !== '';
  }
}
