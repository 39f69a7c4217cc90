import { beforeAll, describe, expect, it } from 'vitest';
import { compared, timeUntil } from '../support/fair-share.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';
import { withSilence } from '../support/silence.ts';

const OBJECTS = 300;
const LIMIT_MS = 30 * 60_000;
const MOST = 2;

/** Where the object of this number is, in a crowd that waits for answers. */
type Crowd = (number: number) => { readonly namespace: string; readonly spec: object };

const silent = (part: string) => ({ regionId: `silent-${part}` });
const secret = (name: string) => ({ credentialsSecretRef: { name } });

const CROWDS: readonly { readonly reason: string; readonly crowd: Crowd }[] = [
  { reason: 'one namespace in one region', crowd: () => ({ namespace: 'crowd', spec: silent('one') }) },
  {
    reason: 'one namespace in ten regions',
    crowd: (number) => ({ namespace: 'crowd', spec: silent(String(number % 10)) }),
  },
  {
    reason: 'ten namespaces in one region',
    crowd: (number) => ({ namespace: `crowd-${number % 10}`, spec: silent('one') }),
  },
  {
    reason: 'ten namespaces in one region, each with an account of its own',
    crowd: (number) => ({
      namespace: `crowd-${number % 10}`,
      spec: { ...silent('one'), ...secret(`account-${number % 10}`) },
    }),
  },
  {
    reason: 'ten namespaces whose roles nobody gives out, since STS is silent',
    crowd: (number) => ({ namespace: `crowd-${number % 10}`, spec: secret(`silent-${number}`) }),
  },
];

interface Figures {
  readonly creation: number;
  readonly edit: number;
  readonly deletion: number;
  readonly firstLook: number;
  /** Writes to the cluster within ten minutes of silence. */
  readonly writes: number;
}

async function measured(count: number, crowd: Crowd): Promise<Figures> {
  const operator = new OperatorInTime({
    loadBalancers: ['alb-home'],
    settings: { createLocksLoadBalancer: false, provisioningMs: 1000 },
    open: withSilence,
  });
  for (let number = 0; number < count; number += 1) {
    const { namespace, spec } = crowd(number);
    operator.apply(`${namespace}/web-${number}`, { ...httpSpec(`alb-${number}`, 80), ...spec });
  }
  const { clock } = operator.cloud;
  const until = async (happened: () => boolean) => timeUntil(operator, happened, LIMIT_MS);
  const creations: number[] = [];
  // At once, while nobody knows yet that no answers come, and later.
  for (const at of [0, 1, 2, 3]) {
    await clock.advance(at * 7000);
    const name = `home/web-${at}`;
    operator.apply(name, httpSpec('alb-home', 80 + at));
    creations.push(await until(() => operator.isRunning(name)));
  }
  operator.edit('home/web-0', { idleTimeout: 30 });
  const edit = await until(() => operator.isRunning('home/web-0'));
  operator.delete('home/web-0');
  const deletion = await until(() => operator.get('home/web-0') === undefined);
  operator.apply('home/late', httpSpec('alb-home', 90), 'before');
  await operator.restart();
  const firstLook = await until(() => operator.isRunning('home/late'));

  operator.writes = 0;
  await clock.advance(10 * 60_000);
  return { creation: Math.max(...creations), edit, deletion, firstLook, writes: operator.writes };
}

describe.each(CROWDS)(`${OBJECTS} objects that wait for answers: $reason`, ({ crowd }) => {
  let alone: Figures;
  let crowded: Figures;
  beforeAll(async () => {
    alone = await measured(0, crowd);
    crowded = await measured(OBJECTS, crowd);
  });

  it.each([
    { of: 'creation', what: 'the slowest of four creations' },
    { of: 'edit', what: 'an edit' },
    { of: 'deletion', what: 'a deletion' },
    { of: 'firstLook', what: 'an object that was there when the operator started, until it runs' },
  ] as const)(
    `$what of another namespace and region takes at most ${MOST} times as long as alone`,
    ({ of, what }) => {
      console.log(compared(what, crowded[of], alone[of]));
      expect(alone[of]).toBeLessThan(60_000);
      expect(crowded[of]).toBeLessThanOrEqual(MOST * alone[of]);
    },
  );

  it('that they wait is told once', () => {
    console.log(
      `${(crowded.writes / OBJECTS).toFixed(1)} writes for each object within ten minutes of silence`,
    );
    // That it waits, and what came of its first call; a write for every attempt would be far more.
    expect(crowded.writes / OBJECTS).toBeLessThanOrEqual(2);
  });
});
