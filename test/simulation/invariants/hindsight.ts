/**
 * For how long somebody may act on what has changed since: the oldest list, the longest sleep of a machine, a watch that
 * is cut without a sign, and a call on its way.
 */
export const HINDSIGHT_MS = 500_000;
