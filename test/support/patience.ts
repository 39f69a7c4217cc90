/**
 * How long a test waits for what must come, milliseconds of real time.
 *
 * It only ends a test that hangs, whatever the speed of the machine. A test has a limit of its own only where a time is
 * what it asserts.
 */
export const PATIENCE_MS = 120_000;
