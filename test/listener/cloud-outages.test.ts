import { beforeEach, describe, expect, it } from 'vitest';
import { noAnswer } from '../../src/alb/rpc-outcome.ts';
import { unanswered } from '../../src/alb/unanswered.ts';
import { CloudOutages } from '../../src/listener/cloud-outages.ts';
import type { Decision } from '../../src/listener/decision.ts';
import { oneAccount } from '../support/one-account.ts';
import { httpSpec, OperatorInTime } from '../support/operator-in-time.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { sampleError, sampleObject } from './sample.ts';

const MINUTE = 60_000;
const TARGET = { service: 'ALB', endpoint: 'https://alb.example.com', regionId: 'cn-hangzhou' } as const;
const MESSAGE = /: no answer from alb\.example\.com \(ALB, region cn-hangzhou\): nothing listens there/;

let isDead = false;
let operator: OperatorInTime;

beforeEach(() => {
  isDead = false;
  operator = new OperatorInTime({
    loadBalancers: ['alb-one'],
    settings: { createLocksLoadBalancer: false, provisioningMs: 1000 },
    open: ({ connection }) =>
      oneAccount({
        ...connection,
        rpc: async (operation, parameters) =>
          isDead
            ? noAnswer(
                operation,
                'ConnectionFailed',
                unanswered(TARGET, { code: 'ECONNREFUSED' }, (text) => text),
              )
            : connection.rpc(operation, parameters),
      }),
  });
});

/** How often each object of these recorded a warning about the cloud. */
function warnings(): Readonly<Record<string, number>> {
  const told = operator.events.filter(
    ({ type, reason }) => type === 'Warning' && reason === 'CloudUnavailable',
  );
  return Object.fromEntries([...Map.groupBy(told, ({ key }) => key)].map(([key, all]) => [key, all.length]));
}

function passes(minutes: number): Promise<void> {
  return operator.cloud.clock.advance(minutes * MINUTE);
}

describe('an object whose calls get no answer', () => {
  it('says so in an event after five minutes, and once however long it lasts', async () => {
    isDead = true;
    operator.apply('web', httpSpec('alb-one', 80));
    await passes(4);
    expect(operator.messageOf('web')).toMatch(MESSAGE);
    expect(warnings()).toEqual({});
    await passes(4);
    expect(warnings()).toEqual({ 'shop/web': 1 });
    const { writes } = operator;
    await passes(180);
    expect(warnings()).toEqual({ 'shop/web': 1 });
    expect(operator.writes).toBe(writes);
  });

  it('says nothing where the cloud answers again before', async () => {
    isDead = true;
    operator.apply('web', httpSpec('alb-one', 80));
    await passes(4);
    isDead = false;
    await operator.untilReady(['web'], 5 * MINUTE);
    await passes(60);
    expect(warnings()).toEqual({});
  });

  it('says it of the next outage, too', async () => {
    isDead = true;
    operator.apply('web', httpSpec('alb-one', 80));
    await passes(8);
    isDead = false;
    await operator.untilReady(['web'], 5 * MINUTE);
    isDead = true;
    operator.request('web');
    await passes(8);
    expect(warnings()).toEqual({ 'shop/web': 2 });
  });

  it('says it while the listener stays Ready: nobody knows how it is', async () => {
    operator.apply('web', httpSpec('alb-one', 80));
    await operator.untilReady(['web'], MINUTE);
    isDead = true;
    await passes(30);
    expect(operator.isRunning('web')).toBe(true);
    expect(warnings()).toEqual({ 'shop/web': 1 });
  });
});

it('a dead endpoint is told by ten objects of each namespace, not by all', async () => {
  isDead = true;
  for (let number = 0; number < 60; number += 1)
    operator.apply(`${number < 55 ? 'shop' : 'blog'}/web-${number}`, httpSpec('alb-one', number + 80));
  await passes(180);
  const told = Object.keys(warnings());
  expect(told.filter((key) => key.startsWith('shop/'))).toHaveLength(10);
  expect(told.filter((key) => key.startsWith('blog/'))).toHaveLength(5);
  expect(Math.max(...Object.values(warnings()))).toBe(1);
});

it('the log has a line when it begins, one with the event and one when it is over, whatever the attempts', () => {
  const outages = new CloudOutages();
  const log = recordingLogger();
  let now = 0;
  const attempt = (decision: Decision) =>
    outages.note(
      sampleObject(),
      decision,
      { after: 'leave', again: { when: 'backoff' } },
      { cluster: { recordEvent: () => {} }, log, now: () => now },
    );
  const message = 'no answer from alb.example.com: nothing listens there (ECONNREFUSED).';
  const error = sampleError('unavailable', { message, unansweredBy: 'alb.example.com' });
  for (; now < 60 * MINUTE; now += MINUTE) attempt({ do: 'keepStatus', error, again: { when: 'backoff' } });
  for (let round = 0; round < 3; round += 1) attempt({ do: 'keepStatus', again: { when: 'resync' } });
  expect(log.lines.map(({ level, message: said }) => `${level}: ${said}`)).toEqual([
    `warn: CreateListener: ${message} The status stands.`,
    `warn: CreateListener: ${message} This has lasted for five minutes.`,
    'info: the cloud answers again',
  ]);
});
