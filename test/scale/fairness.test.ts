import { beforeAll, describe, expect, it } from 'vitest';
import { compared, timeUntil } from '../support/fair-share.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';

const CROWD = Array.from({ length: 300 }, (_, place) => `crowd/web-${place}`);
const LOAD_BALANCERS = Array.from({ length: 10 }, (_, index) => `alb-crowd${index}`);
const EDITS_A_SECOND = 5;
const LIMIT_MS = 30 * 60_000;
const MOST = 3;

/** An operator with the listeners of a crowded namespace, all at rest, and one of another namespace. */
async function settled(crowd: readonly string[]): Promise<OperatorInTime> {
  const operator = new OperatorInTime({
    loadBalancers: [...LOAD_BALANCERS, 'alb-home'],
    settings: { createLocksLoadBalancer: false, provisioningMs: 1000 },
  });
  for (const [place, name] of crowd.entries())
    operator.apply(name, httpSpec(LOAD_BALANCERS[place % 10] ?? '', 1000 + place));
  operator.apply('home/first', httpSpec('alb-home', 80));
  await operator.untilReady([...crowd, 'home/first'], 20 * 60_000);
  await operator.cloud.clock.advance(60_000);
  return operator;
}

/** Edits the crowd without end; to be called every 100 ms. */
function flood(operator: OperatorInTime, crowd: readonly string[]): () => void {
  let edits = 0;
  let ticks = 0;
  return () => {
    ticks += 1;
    for (; crowd.length > 0 && edits < (ticks * EDITS_A_SECOND) / 10; edits += 1)
      operator.edit(crowd[edits % crowd.length] ?? '', { idleTimeout: 1 + (edits % 60) });
  };
}

type Figures = Readonly<Record<'creation' | 'edit' | 'deletion' | 'firstLook', number>>;

async function measured(crowd: readonly string[]): Promise<Figures> {
  const operator = await settled(crowd);
  const edit = flood(operator, crowd);
  const until = async (happened: () => boolean) => timeUntil(operator, happened, LIMIT_MS, edit);
  // What there is to give away at once is gone by then.
  await timeUntil(operator, () => false, 60_000, edit);

  operator.apply('home/web', httpSpec('alb-home', 81));
  const creation = await until(() => operator.isRunning('home/web'));
  await timeUntil(operator, () => false, 30_000, edit);
  operator.edit('home/web', { idleTimeout: 30 });
  const edited = await until(() => operator.isRunning('home/web'));
  await timeUntil(operator, () => false, 30_000, edit);
  operator.delete('home/web');
  const deletion = await until(() => operator.get('home/web') === undefined);

  operator.apply('home/late', httpSpec('alb-home', 82), 'before');
  await operator.restart();
  const firstLook = await until(() => operator.isRunning('home/late'));
  return { creation, edit: edited, deletion, firstLook };
}

describe('while 300 objects of another namespace are edited 5 times a second', () => {
  let alone: Figures;
  let crowded: Figures;
  beforeAll(async () => {
    alone = await measured([]);
    crowded = await measured(CROWD);
  });

  it.each([
    { of: 'creation', what: 'a creation' },
    { of: 'edit', what: 'an edit' },
    { of: 'deletion', what: 'a deletion' },
    { of: 'firstLook', what: 'an object that was there when the operator started, until it runs' },
  ] as const)(`$what takes at most ${MOST} times as long as alone`, ({ of, what }) => {
    console.log(compared(what, crowded[of], alone[of]));
    expect(alone[of]).toBeLessThan(60_000);
    expect(crowded[of]).toBeLessThanOrEqual(MOST * alone[of]);
  });
});

describe('while ten other namespaces use up the calls of the account', () => {
  it('an edit that has to read two listeners at once comes through', async () => {
    const crowd = CROWD.map((_, place) => `crowd-${place % 10}/web-${place}`);
    const operator = await settled(crowd);
    const certificates = [{ certificateId: '1001-cn-hangzhou' }];
    for (const [name, listenerProtocol] of Object.entries({ quic: 'QUIC', https: 'HTTPS' }))
      operator.apply(`home/${name}`, { ...httpSpec('alb-home', 443), listenerProtocol, certificates });
    await operator.untilReady(['home/quic', 'home/https'], LIMIT_MS);
    const edit = flood(operator, crowd);
    await timeUntil(operator, () => false, 60_000, edit);

    operator.edit('home/https', {
      quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic' } },
    });
    const took = await timeUntil(operator, () => operator.isRunning('home/https'), 60_000, edit);
    console.log(`an association: ${(took / 1000).toFixed(1)} s`);
    // Three reads, and each eleventh of 160 a minute is for this namespace; one more for the beginning.
    expect(took).toBeLessThan(4 * 11 * (60_000 / 160));
  });
});
