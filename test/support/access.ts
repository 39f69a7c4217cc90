import type { Access } from '../../src/alb/api.ts';

/** With the operator's own credentials, in its own region. */
export const OWN_ACCESS: Access = {
  regionId: undefined,
  secret: undefined,
  accountId: undefined,
  isRecorded: false,
  isLeaving: false,
};
