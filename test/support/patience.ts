/**
 * How long a test waits in real time for what has to come, milliseconds. It only ends a test that hangs: how fast the
 * machine is decides nothing, so no test has a patience of its own unless a time is what it is about.
 */
export const PATIENCE_MS = 120_000;
