import { readFoundBySeed } from './found-by-seed.ts';
import type { Outcome } from './history.ts';
import type { Mutation } from './plant.ts';
import { runPool } from './pool.ts';

/** What the simulation says to a planted defect. */
export interface Find {
  readonly mutation: string;
  /** The smallest seed whose history broke a promise; `undefined` if none did. */
  readonly seed: number | undefined;
  /** Which promise, and how. */
  readonly says: string;
}

export interface HuntOptions {
  readonly from: number;
  /** The most histories. */
  readonly seeds: number;
  readonly steps: number;
}

/** Plants a defect and looks for a history that shows it. */
export async function hunt({ name: mutation }: Mutation, { from, seeds, steps }: HuntOptions): Promise<Find> {
  const failed: Outcome[] = [];
  await runPool({
    from,
    seeds,
    steps,
    mutation,
    take: (outcome) => {
      if (outcome.violation !== undefined) failed.push(outcome);
      return failed.length === 0;
    },
  });
  const [first] = failed.toSorted((a, b) => a.seed - b.seed);
  const says = first?.violation === undefined ? '' : `${first.violation.invariant}: ${first.violation.what}`;
  return { mutation, seed: first?.seed, says };
}

/**
 * Tries the seed on record, then hunts from the first seed on.
 *
 * The seed on record shows the defect unless a change has made another history of it.
 */
export async function huntOnRecord(
  mutation: Mutation,
  options: Pick<HuntOptions, 'seeds' | 'steps'>,
): Promise<Find> {
  const from = readFoundBySeed()[mutation.name];
  const known = from === undefined ? undefined : await hunt(mutation, { ...options, from, seeds: 1 });
  return known?.seed === undefined ? hunt(mutation, { ...options, from: 1 }) : known;
}

/** The line of a find in the table. */
export function lineOf({ mutation, seed, says }: Find): string {
  return `${String(seed ?? 'none').padStart(6)}  ${mutation.padEnd(72)}  ${says.slice(0, 110)}`;
}
