import type { Outcome } from '../../src/alb/error.ts';
import { redactorOf } from '../../src/alb/redact.ts';
import type { Rpc } from '../../src/alb/rpc.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { sleep } from '../../src/runtime/clock.ts';
import type { Reply } from '../../src/simulator/reply.ts';
import { pointOfCall } from './await-points.ts';
import type { Chance } from './chance.ts';
import type { Cloud } from './cloud.ts';
import { CloudAnswers } from './cloud-answers.ts';
import type { FaultTally } from './fault-tally.ts';
import type { Gates, Traveller } from './gates.ts';
import { SECRETS } from './keys.ts';
import { regionAt } from './regions.ts';

/** As `ALB` waits for an answer in production. */
const TIMEOUT_MS = 10_000;
const REDACT = redactorOf(SECRETS);
/** What a gateway writes that echoes the request. */
const ECHO = `The request AccessKeyId=${SECRETS[0]}&Signature=c2VjcmV0 cannot be served (${SECRETS[1]}).`;

interface Loss {
  /** `late`: after its caller has given it up. */
  readonly takesEffect: 'never' | 'inTime' | 'late';
  readonly told:
    | 'reset'
    | 'silence'
    | 'unreadable'
    | 'emptySuccess'
    | { readonly status: number; readonly code: string; readonly retryAfterMs?: number };
}

/** What can become of a call on its way to the cloud and back. */
const LOSSES = {
  'cloud: cut before the effect': { takesEffect: 'never', told: 'reset' },
  'cloud: cut after the effect': { takesEffect: 'inTime', told: 'reset' },
  'cloud: lost on the way there': { takesEffect: 'never', told: 'silence' },
  'cloud: answer lost': { takesEffect: 'inTime', told: 'silence' },
  'cloud: arrives when given up': { takesEffect: 'late', told: 'silence' },
  'cloud: garbage for an answer': { takesEffect: 'inTime', told: 'unreadable' },
  'cloud: success without content': { takesEffect: 'inTime', told: 'emptySuccess' },
  'cloud: 500 before the effect': { takesEffect: 'never', told: { status: 500, code: 'InternalError' } },
  'cloud: 503 after the effect': { takesEffect: 'inTime', told: { status: 503, code: 'ServiceUnavailable' } },
  'cloud: throttled': {
    takesEffect: 'never',
    told: { status: 400, code: 'Throttling.User', retryAfterMs: 3000 },
  },
  'cloud: forbidden': { takesEffect: 'never', told: { status: 403, code: 'NoPermission' } },
  'cloud: token expired': {
    takesEffect: 'never',
    told: { status: 403, code: 'InvalidSecurityToken.Expired' },
  },
} as const satisfies Readonly<Record<string, Loss>>;

const KINDS = Object.entries<Loss>(LOSSES);

export interface CloudConnectionOptions {
  readonly cloud: Cloud;
  readonly gates: Gates;
  readonly process: Traveller;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly tally: FaultTally;
  /** The part of all calls that a fault strikes. */
  readonly rate: number;
  /** Told of every call that leaves the process. */
  readonly departs: (departure: Departure) => void;
  /** Told of every answer that a process receives whole. */
  readonly hears: (process: string, operation: string, reply: Reply) => void;
}

/** A call that leaves a process. */
export interface Departure {
  readonly process: string;
  readonly operation: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
}

/** The cloud as one process reaches it over a network, at one endpoint and with one key or another. */
export function cloudConnection(
  options: CloudConnectionOptions,
): (endpoint: string, accessKeyId: string) => Rpc {
  const { cloud, gates, process, clock, chance, tally, rate, departs, hears } = options;
  const answers = new CloudAnswers(REDACT);

  function draw(): Loss | undefined {
    if (!chance.happens(rate)) return undefined;
    const drawn = chance.pick(KINDS);
    return drawn !== undefined && tally.strikes(drawn[0]) ? drawn[1] : undefined;
  }

  function tell(operation: string, told: Loss['told']): Outcome<unknown> {
    if (told === 'reset') return answers.reset(operation);
    if (told === 'silence') return answers.timeout(operation);
    if (told === 'unreadable') return answers.unreadable(operation);
    if (told === 'emptySuccess') return answers.success(operation, { RequestId: 'EMPTY' });
    return answers.refusal(operation, { ...told, message: ECHO, requestId: 'STRUCK' });
  }

  return (endpoint, accessKeyId) => async (operation, parameters) => {
    const regionId = regionAt(endpoint);
    const point = pointOfCall(operation, parameters);
    departs({ process: process.name, operation, endpoint, accessKeyId });
    if (regionId === undefined) {
      // There is no such host.
      await gates.wait(process, 'request', point);
      return answers.reset(operation);
    }
    const arrive = () => cloud.receive(process.name, operation, parameters, { accessKeyId, regionId });
    const loss = cloud.silentRegions.has(regionId) ? SILENCE : draw();
    if (loss?.takesEffect === 'late') {
      void late(gates.wait(process, 'request', point), arrive);
    } else {
      await gates.wait(process, 'request', point);
    }
    if (loss === undefined) {
      const refusal = refusalOf(operation, parameters['ListenerId'] ?? '', accessKeyId, cloud);
      const answer = refusal ?? arrive();
      if (cloud.latencyMs > 0) await sleep(clock, cloud.latencyMs);
      await gates.wait(process, 'answer', point);
      if (!('kind' in answer)) return answers.refusal(operation, answer);
      hears(process.name, operation, answer);
      return answers.of(operation, answer);
    }
    if (loss.takesEffect === 'inTime') arrive();
    if (loss.told === 'silence') await sleep(clock, TIMEOUT_MS);
    await gates.wait(process, 'answer', point);
    if (operation === 'ListAcls') cloud.noteHiddenAcls();
    return tell(operation, loss.told);
  };
}

const SILENCE: Loss = { takesEffect: 'never', told: 'silence' };
const RETIRED = {
  status: 404,
  code: 'InvalidAccessKeyId.NotFound',
  message: 'Specified access key is not found.',
  requestId: 'RETIRED',
};

const FORBIDDEN = {
  status: 403,
  code: 'NoPermission',
  message: 'You are not authorized to do this operation.',
  requestId: 'FORBIDDEN',
};

/** What keeps the call from being heard at all. */
function refusalOf(operation: string, listenerId: string, accessKeyId: string, cloud: Cloud) {
  if (cloud.retiredKeys.has(accessKeyId)) return RETIRED;
  return operation === 'DeleteListener' && cloud.undeletable.has(listenerId) ? FORBIDDEN : undefined;
}

async function late(arrival: Promise<void>, arrive: () => void): Promise<void> {
  await arrival;
  arrive();
}
