import { describe, expect, it } from 'vitest';
import type { LoadBalancerAttribute } from '../../src/alb/api.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { SeenLoadBalancers } from '../../src/alb/seen-load-balancers.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const SEEN = { outcome: 'yes', value: { loadBalancerId: 'alb-one' }, requestId: 'R' } as const;
const GONE = {
  outcome: 'no',
  error: {
    class: 'loadBalancerNotFound',
    operation: 'GetLoadBalancerAttribute',
    code: 'ResourceNotFound.LoadBalancer',
    message: '',
  },
} as const;
const HOUR_MS = 3_600_000;

function world() {
  const clock = new VirtualClock();
  const loadBalancers = new SeenLoadBalancers(clock);
  let asked = 0;
  return {
    clock,
    asked: () => asked,
    heed: (answer: Outcome<unknown>, id = 'alb-one') => loadBalancers.heed(id, answer),
    see: (answer: Outcome<LoadBalancerAttribute>, id = 'alb-one') =>
      loadBalancers.see(id, async () => {
        asked += 1;
        return answer;
      }),
  };
}

describe('a load balancer', () => {
  it('that was seen is not asked for again, nor twice at the same moment', async () => {
    const { see, asked } = world();
    expect(await Promise.all([see(SEEN), see(SEEN)])).toEqual([SEEN, SEEN]);
    expect(await see(GONE)).toEqual(SEEN);
    expect(asked()).toBe(1);
    expect(await see(GONE, 'alb-two')).toEqual(GONE);
  });

  it('that was not seen is asked for again: it may be made, or the key may be corrected', async () => {
    const { see } = world();
    expect(await see(GONE)).toEqual(GONE);
    expect(await see(SEEN)).toEqual(SEEN);
  });

  it.each([
    { of: 'loadBalancerNotFound', asks: 2, reason: 'the cloud says that it is gone' },
    { of: 'listenerNotFound', asks: 2, reason: 'a listener of it is gone, perhaps with it' },
    { of: 'permission', asks: 1, reason: 'a refusal says nothing of it' },
    { of: 'portTaken', asks: 1, reason: 'it is there, or no port of it could be taken' },
  ] as const)('that was seen is asked for again after an answer of $of: $reason', async ({ of, asks }) => {
    const { see, heed, asked } = world();
    await see(SEEN);
    await see(SEEN, 'alb-two');
    heed({ outcome: 'no', error: { ...GONE.error, class: of } });
    heed({ outcome: 'unknown', error: { ...GONE.error, class: of } }, 'alb-two');
    await see(SEEN);
    await see(SEEN, 'alb-two');
    expect(asked() - 1).toBe(asks);
  });

  it('that nobody has asked for in an hour is forgotten: ids come from manifests, and there is no end to them', async () => {
    const { see, clock, asked } = world();
    await see(SEEN);
    await clock.advance(HOUR_MS / 2);
    await see(SEEN);
    await clock.advance(HOUR_MS);
    await see(SEEN, 'alb-two');
    expect(await see(GONE)).toEqual(GONE);
    expect(asked()).toBe(3);
  });
});
