import { type Outcome, runHistory } from './history.ts';

/** A history that breaks a promise, and what it takes. */
export interface Case {
  readonly seed: number;
  readonly steps: number;
  /** Kinds of faults that it does not need. */
  readonly off: readonly string[];
}

/** The shortest history with the fewest kinds of faults that still breaks the same promise. */
export async function shrink(seed: number, steps: number): Promise<Case> {
  const first = await runHistory({ seed, steps });
  const invariant = first.violation?.invariant;
  const fails = async (candidate: Case): Promise<Outcome | undefined> => {
    const outcome = await runHistory({ ...candidate, off: new Set(candidate.off) });
    return outcome.violation?.invariant === invariant ? outcome : undefined;
  };
  let smallest: Case = await cut({ seed, steps: first.steps, off: [] }, fails);
  for (const kind of Object.keys(first.faults)) {
    const candidate = { ...smallest, off: [...smallest.off, kind] };
    const outcome = await fails(candidate);
    if (outcome !== undefined) smallest = { ...candidate, steps: Math.min(candidate.steps, outcome.steps) };
  }
  return cut(smallest, fails);
}

/** Cuts the end off, as much of it as can go. */
async function cut(given: Case, fails: (candidate: Case) => Promise<Outcome | undefined>): Promise<Case> {
  let shortest = given;
  for (let piece = Math.ceil(given.steps / 2); piece > 0; piece = Math.floor(piece / 2)) {
    const candidate = { ...shortest, steps: shortest.steps - piece };
    if (candidate.steps >= 0 && (await fails(candidate)) !== undefined) shortest = candidate;
  }
  return shortest;
}
