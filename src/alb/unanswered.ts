import { explainNetworkFailure } from '../network-failure.ts';
import type { AlbError } from './error.ts';
import type { Redactor } from './redact.ts';

/** Where calls go, for messages. */
export interface CallTarget {
  readonly service: 'ALB' | 'STS';
  /** Base URL. */
  readonly endpoint: string;
  /** `undefined` where it is not known, as of an STS that a setting names. */
  readonly regionId: string | undefined;
}

/** What is known of a call that got no readable answer. */
export interface Silence {
  readonly code: string;
  /** In place of the cause that belongs to the code. */
  readonly cause?: string;
}

const NETWORK = 'ALIBABA_CLOUD_REGION_ID and ALB_NETWORK';
const ADDRESS = {
  ALB: `ALB_ENDPOINT, or ${NETWORK}`,
  STS: `ALIBABA_CLOUD_STS_ENDPOINT, or ${NETWORK}`,
} as const;
const TRUST = 'the CA certificates of the operator (NODE_EXTRA_CA_CERTS)';

/**
 * Why a call got no readable answer: from which host and region, the cause and the remedy.
 *
 * Nothing of what was sent or received stands in it, and nothing that differs between attempts: it becomes the message of
 * a condition.
 */
export function unanswered(
  { service, endpoint, regionId }: CallTarget,
  { code, cause }: Silence,
  redact: Redactor,
): Pick<AlbError, 'message' | 'unansweredBy'> {
  const { host } = new URL(endpoint);
  const known = explainNetworkFailure(cause === undefined ? redact(code, 64) : 'UnreadableAnswer', {
    address: ADDRESS[service],
    trust: TRUST,
  });
  const place = regionId === undefined ? service : `${service}, region ${regionId}`;
  const why = `no answer from ${host} (${place}): ${cause ?? known.cause}.`;
  return {
    message: redact(`${why} ${known.remedy} The operator tries again by itself.`),
    unansweredBy: host,
  };
}
