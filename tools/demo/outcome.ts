import type { Verdict } from '../cli/script.ts';
import { duration } from '../duration.ts';

/** What came of the demo. */
export type Outcome =
  | { readonly kind: 'held'; readonly checks: number }
  | { readonly kind: 'interrupted'; readonly during: 'start' | 'walk' }
  | { readonly kind: 'failed'; readonly problem: string };

const LEFT = 'Nothing that it started is left.';

export function verdictOn(
  outcome: Outcome,
  { isOnce, elapsedMs }: { readonly isOnce: boolean; readonly elapsedMs: number },
): Verdict {
  const time = duration(elapsedMs);
  switch (outcome.kind) {
    case 'held':
      if (isOnce) return { passed: true, line: `Everything held: ${outcome.checks} checks in ${time}.` };
      return { passed: true, line: `The demo ran for ${time}. ${LEFT}` };
    case 'interrupted': {
      const left = outcome.during === 'start' ? 'Start it again: what Go has compiled is kept.' : LEFT;
      // A walk alone is there to tell whether all of it holds.
      return { passed: !isOnce, line: `Interrupted after ${time}. ${left}` };
    }
    case 'failed':
      return { passed: false, line: outcome.problem };
  }
}
