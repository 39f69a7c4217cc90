import type { Departure } from '../cloud-connection.ts';
import { OPERATOR_KEY_IDS } from '../keys.ts';
import { regionAt } from '../regions.ts';
import type { Invariant } from './invariant.ts';

/** The host of a region that a manifest has made up gets no request, above all none signed with the operator's own key. */
export class KeysStayHome implements Invariant {
  readonly name = 'no call goes to a made-up region';

  judgeDeparture({ operation, endpoint, accessKeyId }: Departure): string | undefined {
    if (regionAt(endpoint) !== undefined) return undefined;
    const key = OPERATOR_KEY_IDS.has(accessKeyId) ? "the operator's own key" : 'a key of a Secret';
    return `${operation} goes to ${endpoint}, signed with ${key}`;
  }
}
