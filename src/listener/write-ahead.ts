import type { Acted } from './act.ts';
import type { WriteOutcome } from './ports.ts';

/** What follows when something could not be written down before a call to the cloud: the call is not made. */
export function notWrittenAhead({ write }: Exclude<WriteOutcome, { write: 'written' }>): Acted {
  switch (write) {
    // A cache that lags behind still does at once, so there is no point in hurrying.
    case 'conflict':
    case 'failed':
      return { after: 'leave', again: { when: 'backoff' } };
    case 'gone':
      return { after: 'finish' };
  }
}
