import { PACE } from '../pace.ts';

/**
 * For how long a process may act on what has changed since: the settle time, in which a call that has left is over and
 * what it did is visible, and as long as a cache may trail behind.
 */
export const HINDSIGHT_MS = PACE.settle + 30_000;
