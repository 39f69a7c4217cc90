import { duration } from '../../duration.ts';

export interface GoPackage {
  readonly path: string;
  /** Of its sources: what a package takes goes by its size. */
  readonly bytes: number;
  /** By an earlier build, as one that was interrupted. */
  readonly isCompiled: boolean;
}

/** Linking a program takes about as long as compiling so many bytes. */
const LINK_BYTES = 600_000;

/** How far a build is, and how long it will take: a guess at first, then measured more and more. */
export class BuildProgress {
  readonly #toCompile: ReadonlyMap<string, number>;
  readonly #all: number;
  readonly #msPerByte: number;
  /** In bytes. */
  readonly #work: number;
  #done = 0;
  #compiled: number;
  #program = '';

  /** `msPerByte` is the guess. */
  constructor(packages: readonly GoPackage[], programs: number, msPerByte: number) {
    const missing = packages.filter(({ isCompiled }) => !isCompiled);
    this.#toCompile = new Map(missing.map(({ path, bytes }) => [path, bytes]));
    this.#all = packages.length;
    this.#compiled = packages.length - missing.length;
    this.#msPerByte = msPerByte;
    this.#work = missing.reduce((sum, { bytes }) => sum + bytes, programs * LINK_BYTES);
  }

  begin(program: string): void {
    this.#program = program;
  }

  /** Answers whether the line names a package of the build, as `go build -v` does when it compiles one. */
  compiled(line: string): boolean {
    const bytes = this.#toCompile.get(line);
    if (bytes === undefined) return false;
    this.#compiled += 1;
    this.#done += bytes;
    return true;
  }

  linked(): void {
    this.#done += LINK_BYTES;
  }

  line(elapsedMs: number): string {
    const packages = `${this.#compiled} of ${this.#all} packages`;
    const left = duration(this.leftMs(elapsedMs));
    return `Building ${this.#program}: ${packages}, ${duration(elapsedMs)} so far, about ${left} left`;
  }

  leftMs(elapsedMs: number): number {
    const left = this.#work - this.#done;
    const guessed = left * this.#msPerByte;
    if (this.#done === 0) return guessed;
    const seen = (elapsedMs / this.#done) * left;
    const trust = Math.min(1, (2 * this.#done) / this.#work);
    return trust * seen + (1 - trust) * guessed;
  }
}
