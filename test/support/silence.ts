import { noAnswer } from '../../src/alb/rpc-outcome.ts';
import type { OpenSession } from '../../src/alb/sessions.ts';
import { sleep } from '../../src/runtime/clock.ts';
import type { SimulatedCloud } from '../alb/simulated-cloud.ts';
import { SITE } from './one-account.ts';

/** After so long a call is given up, as the default settings have it. */
const TIMEOUT_MS = 10_000;

/**
 * Ways to the cloud of which some take what is sent and never answer: those to regions that begin with `silent`, and to STS
 * for the roles of Secrets that do. A Secret `account-<number>` belongs to that account.
 */
export function withSilence(cloud: SimulatedCloud): OpenSession {
  const { clock, connection } = cloud;
  const silent = {
    ...connection,
    rpc: async (operation: string) => {
      await sleep(clock, TIMEOUT_MS);
      return noAnswer(operation, 'Timeout', {
        message: 'no answer from alb.example.com: no complete answer came in time.',
        unansweredBy: 'alb.example.com',
      });
    },
  };
  return async ({ regionId = SITE.regionId, secret }) => {
    if (secret?.name.startsWith('silent')) {
      await sleep(clock, TIMEOUT_MS);
      const message = 'STS gave no key: No complete answer came in time.';
      return {
        opened: false,
        error: { class: 'unavailable', operation: 'AssumeRole', code: 'Timeout', message },
      };
    }
    const accountId = secret?.name.replace('account-', '') ?? SITE.accountId;
    return {
      opened: true,
      isUnlisted: false,
      site: { accountId, regionId },
      connection: regionId.startsWith('silent') ? silent : connection,
    };
  };
}
