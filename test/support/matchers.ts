import { expect } from 'vitest';

/** Stands in an expected value for any string that matches. */
export function matching(pattern: RegExp | string): unknown {
  return expect.stringMatching(pattern);
}
