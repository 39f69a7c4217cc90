import type { Pace } from '../../src/listener/ports.ts';

/** Shorter where that only means more looks at the same thing. */
export const PACE: Pace = {
  poll: 2000,
  busy: 2000,
  slow: 60_000,
  resync: 120_000,
  settle: 90_000,
  patience: 240_000,
};
