import type { Verdict } from '../cli/script.ts';
import { duration } from '../duration.ts';

/** What came of the demo. */
export type Outcome =
  | { readonly kind: 'held'; readonly checks: number }
  | { readonly kind: 'interrupted'; readonly during: 'start' | 'walk' }
  | { readonly kind: 'failed'; readonly problem: string };

export function verdictOn(
  outcome: Outcome,
  { isOnce, elapsedMs }: { readonly isOnce: boolean; readonly elapsedMs: number },
): Verdict {
  const time = duration(elapsedMs);
  switch (outcome.kind) {
    case 'held':
      if (isOnce) return { passed: true, line: `Everything held: ${outcome.checks} checks in ${time}.` };
      return {
        passed: true,
        line: `The demo ran for ${time}. All that it started has ended, and left nothing behind.`,
      };
    case 'interrupted': {
      const kept =
        outcome.during === 'start' ? ' What Go has compiled is kept: the next start goes on from there.' : '';
      // A walk alone is there to tell whether all of it holds.
      return { passed: !isOnce, line: `Interrupted after ${time}. All that it started has ended.${kept}` };
    }
    case 'failed':
      return { passed: false, line: outcome.problem };
  }
}
