import { beforeAll, describe, expect, it } from 'vitest';
import { compared, timeUntil } from '../support/fair-share.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const CROWD = Array.from({ length: 300 }, (_, place) => `crowd/web-${place}`);
const LOAD_BALANCERS = Array.from({ length: 20 }, (_, index) => `alb-crowd${index}`);
const CERTIFICATES = [{ certificateId: '10370512-cn-hangzhou' }];
const LIMIT_MS = 30 * 60_000;
const TICK_MS = 100;
const MOST = 3;

const crowdSpec = (place: number) =>
  httpSpec(
    LOAD_BALANCERS[place % LOAD_BALANCERS.length] ?? '',
    1000 + Math.floor(place / LOAD_BALANCERS.length),
  );

/** A load without edits of a spec. */
interface Flood {
  readonly reason: string;
  /** What is there before. */
  readonly prepare: (operator: OperatorInTime) => Promise<void>;
  /** To be called every 100 ms, with the number of the call. */
  readonly tick: (operator: OperatorInTime, tick: number) => void;
}

const FLOODS: readonly Flood[] = [
  {
    reason: 'an annotation asks for 300 objects, 30 a second',
    prepare: async (operator) => {
      for (const [place, name] of CROWD.entries()) operator.apply(name, crowdSpec(place));
      await operator.untilReady(CROWD, LIMIT_MS);
    },
    tick: (operator, tick) => {
      for (let n = 0; n < 3; n += 1) operator.request(CROWD[(3 * tick + n) % CROWD.length] ?? '');
    },
  },
  {
    reason: 'a ConfigMap that 300 objects take a server group from changes every five seconds',
    prepare: async (operator) => {
      operator.setConfigMap('crowd/groups', 'sgp-web');
      const serverGroupIdFrom = { configMapKeyRef: { name: 'groups', key: 'id' } };
      const forwardGroupConfig = { serverGroupTuples: [{ serverGroupIdFrom }] };
      const defaultActions = [{ type: 'ForwardGroup', forwardGroupConfig }];
      for (const [place, name] of CROWD.entries())
        operator.apply(name, { ...crowdSpec(place), defaultActions });
      await operator.untilReady(CROWD, LIMIT_MS);
    },
    tick: (operator, tick) => {
      if (tick % 50 === 0) operator.setConfigMap('crowd/groups', tick % 100 === 0 ? 'sgp-web' : 'sgp-other');
    },
  },
  {
    reason: 'a QUIC listener that 300 objects refer to comes and goes five times a second',
    prepare: async (operator) => {
      for (const [place, name] of CROWD.entries())
        operator.apply(name, {
          ...crowdSpec(place),
          listenerProtocol: 'HTTPS',
          certificates: CERTIFICATES,
          quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic' } },
        });
    },
    tick: (operator, tick) => {
      if (tick % 2 === 0)
        operator.apply('crowd/quic', {
          ...httpSpec('alb-crowd0', 443),
          listenerProtocol: 'QUIC',
          certificates: CERTIFICATES,
          suspend: true,
        });
      else operator.tearOut('crowd/quic');
    },
  },
  {
    reason: '1000 new objects arrive at once',
    prepare: async () => {},
    tick: (operator, tick) => {
      if (tick !== 0) return;
      for (let place = 0; place < 1000; place += 1) operator.apply(`crowd/new-${place}`, crowdSpec(place));
    },
  },
];

/** Makes four creations in another namespace, 0, 10, 20 and 30 s after one another; how long the slowest takes. */
async function slowestCreation({ prepare, tick }: Flood, isFlooded: boolean): Promise<number> {
  const operator = new OperatorInTime({
    loadBalancers: [...LOAD_BALANCERS, 'alb-home'],
    settings: { createLocksLoadBalancer: false, provisioningMs: 1000 },
  });
  if (isFlooded) await prepare(operator);
  let ticks = 0;
  const flood = () => {
    if (isFlooded) tick(operator, ticks);
    ticks += 1;
  };
  const creations: number[] = [];
  for (const at of [0, 1, 2, 3]) {
    const until = operator.cloud.clock.monotonic() + at * 10_000;
    const isOver = () => operator.cloud.clock.monotonic() >= until;
    // The flood goes first, and each creation comes in the middle of it.
    await timeUntil(operator, isOver, LIMIT_MS, flood);
    flood();
    const name = `home/web-${at}`;
    operator.apply(name, httpSpec('alb-home', 80 + at));
    creations.push(await timeUntil(operator, () => operator.isRunning(name), LIMIT_MS, flood));
  }
  // As many ticks as there was time, or there was no flood.
  expect(ticks * TICK_MS).toBeGreaterThanOrEqual(60_000);
  return Math.max(...creations);
}

describe.each(FLOODS)('while $reason', (flood) => {
  let alone: number;
  let flooded: number;
  beforeAll(async () => {
    alone = await slowestCreation(flood, false);
    flooded = await slowestCreation(flood, true);
  });

  it(`the slowest of four creations of another namespace takes at most ${MOST} times as long as alone`, () => {
    console.log(compared(`while ${flood.reason}`, flooded, alone));
    expect(alone).toBeLessThan(60_000);
    expect(flooded).toBeLessThanOrEqual(MOST * alone);
  });
});
