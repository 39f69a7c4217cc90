import { describe, expect, it } from 'vitest';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const LOAD_BALANCERS = Array.from({ length: 10 }, (_, index) => `alb-${index}`);
const USERS = Array.from({ length: 5 }, (_, index) => `user-${index}`);

/** 100 manifests, applied while no operator ran, and an account that gives it 20 calls a minute of each operation. */
function throttled(options: { readonly seed: number; readonly tellsRetryAfter: boolean }) {
  const operator = new OperatorInTime({
    loadBalancers: [...LOAD_BALANCERS, ...USERS.map((_, index) => `alb-user${index}`)],
    settings: {
      callsPerMinute: 20,
      createLocksLoadBalancer: true,
      provisioningMs: 3000,
      configuringMs: 1000,
    },
    ...options,
  });
  const names = LOAD_BALANCERS.flatMap((loadBalancerId, index) =>
    Array.from({ length: 10 }, (_, place) => {
      const name = `web-${index}-${place}`;
      operator.apply(name, httpSpec(loadBalancerId, 1000 + place), 'before');
      return name;
    }),
  );
  return { operator, names };
}

describe('100 listeners in an account throttled to 20 calls a minute', () => {
  const cases = [
    { seed: 1, tellsRetryAfter: true, reason: 'the answer says when the minute is over' },
    { seed: 2, tellsRetryAfter: true, reason: 'by another chance' },
    { seed: 3, tellsRetryAfter: false, reason: 'the answer does not say how long to wait' },
    { seed: 4, tellsRetryAfter: false, reason: 'by another chance' },
  ];
  it.each(cases)(
    'all come to Running, users go first, and less than 5% of the calls are throttled: $reason',
    async (options) => {
      const { operator, names } = throttled(options);
      const { cloud } = operator;
      const { clock } = cloud;

      // In the midst of it some users make listeners, and later edit them.
      await clock.advance(150_000);
      const madeAt = clock.monotonic();
      for (const [index, user] of USERS.entries()) operator.apply(user, httpSpec(`alb-user${index}`, 80));
      await operator.untilReady(USERS, 20 * 60_000);
      const made = clock.monotonic() - madeAt;
      const waiting = names.filter((name) => operator.readyAt(name) === undefined).length;
      const editedAt = clock.monotonic();
      for (const user of USERS) operator.edit(user, { idleTimeout: 30 });
      await operator.untilReady(USERS, 20 * 60_000);
      const edited = clock.monotonic() - editedAt;
      await operator.untilReady(names, 30 * 60_000);

      const refused = cloud.requests.filter(({ code }) => code.startsWith('Throttling')).length;
      const share = refused / cloud.requests.length;
      console.log(
        `${cloud.requests.length} calls in ${(clock.monotonic() / 60_000).toFixed(1)} min, ` +
          `${refused} throttled (${(share * 100).toFixed(1)}%); while ${waiting} waited, ` +
          `5 of users ran after ${(made / 1000).toFixed(0)} s, their edits after ${(edited / 1000).toFixed(0)} s; ` +
          `${(operator.writes / 105).toFixed(1)} writes to the cluster each`,
      );
      expect(share).toBeLessThan(0.05);
      expect(waiting).toBeGreaterThan(30);
      // A minute that is full has to end first.
      expect(made).toBeLessThan(90_000);
      expect(edited).toBeLessThan(90_000);
      // That it waits is told once: a write for every attempt would be far more.
      expect(operator.writes / 105).toBeLessThan(8);
      expect(operator.events.filter(({ type }) => type === 'Warning')).toEqual([]);
    },
  );
});
