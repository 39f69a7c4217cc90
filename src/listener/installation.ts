import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';

/**
 * Notices a second installation of the operator that works on the same objects. Each writes its name into the
 * statuses it writes; whoever has held an object and finds another name there has been replaced. It stands back once
 * and says so, and with its next look takes the object back: if the other one is gone, this heals by itself; if not,
 * both go on saying so. Nothing is harmed meanwhile, since creation is safe against any number of operators.
 *
 * Two replicas of one installation have the same name.
 */
export class Installation {
  readonly #name: string;
  /** UIDs of objects seen with our name in their status, by key. */
  readonly #held = new Map<string, string>();

  constructor(name: string) {
    this.#name = name;
  }

  get name(): string {
    return this.#name;
  }

  /** The other installation that has taken the object over since we held it; says so once. */
  replacedBy({ key, uid, status }: AlbListener): string | undefined {
    const { installation } = status;
    if (installation === this.#name) this.#held.set(formatKey(key), uid);
    if (installation === undefined || installation === this.#name) return undefined;
    const held = this.#held.get(formatKey(key)) === uid;
    if (!held) return undefined;
    this.forget(key);
    return installation;
  }

  /** There is no such object any more. */
  forget(key: ObjectKey): void {
    this.#held.delete(formatKey(key));
  }
}
