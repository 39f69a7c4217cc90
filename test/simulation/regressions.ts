/** A history that once broke a promise, or that shows what would if a defect came back. */
export interface Regression {
  readonly seed: number;
  readonly reason: string;
}

/**
 * A seed means the same history only as long as the simulation and the order in which the operator does things stay as
 * they are. So each failure also gets a test of its own where it was mended; here they stay for what they cost: nothing.
 */
export const regressions: readonly Regression[] = [
  {
    seed: 1363,
    reason:
      'A trailing list gave the id of an earlier incarnation; its absence let the finalizer go, and the listener of a lost create was left behind.',
  },
  {
    seed: 1160,
    reason: 'An object was replaced under the same name while a request for the old one was on its way.',
  },
  {
    seed: 307,
    reason:
      'The job of a creation failed and a trailing read did not show the listener that it had left: the finalizer went.',
  },
];
