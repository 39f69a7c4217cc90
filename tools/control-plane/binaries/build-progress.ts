import { duration } from '../../duration.ts';

/** How far a build is, and how long it will take: at first a guess, then what it was seen to take. */
export class BuildProgress {
  readonly #all: number;
  readonly #toCompile: ReadonlySet<string>;
  readonly #expectedMs: number;
  #program = '';
  #compiled = 0;

  /** Of all packages some may be compiled already, by a build that was interrupted. `expectedMs` is what the others take. */
  constructor(
    packages: { readonly all: number; readonly toCompile: ReadonlySet<string> },
    expectedMs: number,
  ) {
    this.#all = packages.all;
    this.#toCompile = packages.toCompile;
    this.#expectedMs = expectedMs;
  }

  begin(program: string): void {
    this.#program = program;
  }

  /** Answers whether it is a package of the build, as `go build -v` names them. */
  compiled(line: string): boolean {
    if (!this.#toCompile.has(line)) return false;
    this.#compiled += 1;
    return true;
  }

  line(elapsedMs: number): string {
    const done = this.#all - this.#toCompile.size + this.#compiled;
    const left = duration(this.leftMs(elapsedMs));
    return `Building ${this.#program}: ${done} of ${this.#all} packages, ${duration(elapsedMs)} so far, about ${left} left`;
  }

  leftMs(elapsedMs: number): number {
    const share = this.#compiled / Math.max(1, this.#toCompile.size);
    const guessed = this.#expectedMs * (1 - share);
    if (share === 0) return guessed;
    const seen = (elapsedMs / share) * (1 - share);
    const trust = Math.min(1, 2 * share);
    return trust * seen + (1 - trust) * guessed;
  }
}
