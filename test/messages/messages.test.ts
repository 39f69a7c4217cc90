import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { REASONS, type Reason } from '../../src/listener/reason.ts';
import { findLua } from '../../tools/lua/lua.ts';
import { healthOf } from '../gitops/customization.ts';
import { agreesWithKstatus } from '../gitops/verdicts.ts';
import { PAGE_CODES } from '../simulator/create-refusals.ts';
import { type ToldCode, toldCodes } from './error-codes.ts';
import { type ToldReason, toldReasons } from './reasons.ts';

/** What to do depends on whose the listener is, so it is not the remedy of the reason. */
const OF_THEIR_OWN: ReadonlySet<Reason> = new Set(['PortTaken', 'AdoptionRefused']);

const page = readFileSync(new URL('../../docs/messages.md', import.meta.url), 'utf8');
let lua: string;
let reasons: readonly ToldReason[];
let codes: readonly ToldCode[];
beforeAll(async () => {
  lua = await findLua();
  reasons = await toldReasons();
  codes = await toldCodes();
});

describe('what people read', () => {
  it('is on the page for every reason and for each of the 25 codes of the CreateListener page', () => {
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(new Set(Object.keys(REASONS)));
    expect(new Set(codes.map(({ code, httpStatus }) => `${httpStatus} ${code}`))).toEqual(
      new Set(PAGE_CODES),
    );
    expect(new Set(PAGE_CODES).size).toBe(25);
    const isMissing = (name: string) => !page.includes(`\`${name}\``);
    expect([...Object.keys(REASONS), ...codes.map(({ code }) => code)].filter(isMissing)).toEqual([]);
  });

  it('is what the object says when it comes to the reason', () => {
    expect(reasons.filter(({ reason, told }) => reason !== told.reason)).toEqual([]);
  });

  it('comes with the health that Argo CD makes of the very object, and kstatus agrees', async () => {
    const told = [...reasons, ...codes].map((row) => row.told);
    const healths = await healthOf(
      lua,
      told.map(({ stored }) => stored),
    );
    expect(healths.map(({ status }) => status)).toEqual(told.map(({ health }) => health));
    expect(told.filter(({ health, kstatus }) => !agreesWithKstatus(health, kstatus))).toEqual([]);
  });

  it('says what to do wherever a person must act', () => {
    const silent = reasons.filter(({ reason, told }) => {
      const { stance, remedy } = REASONS[reason];
      return stance === 'stalled' && !OF_THEIR_OWN.has(reason) && !told.message.includes(remedy);
    });
    expect(silent.map(({ reason, told }) => [reason, told.message])).toEqual([]);
  });

  it('names the code of the cloud, and the RequestId', () => {
    for (const { code, told } of codes) {
      expect(told.message).toContain(`CreateListener was answered with ${code}`);
      expect(told.message).toMatch(/\(RequestId [0-9A-F-]{36}\)$/);
    }
  });
});

describe('PortTaken', () => {
  const taken = (when: RegExp) =>
    reasons.find((row) => row.reason === 'PortTaken' && when.test(row.when))?.told.message ?? '';

  it.each([
    { when: /made in the console/, names: true },
    { when: /earlier life/, names: true },
    { when: /another protocol/, names: false },
    { when: /another namespace/, names: false },
  ])('names spec.adopt: $names, where the port is held by one that matches $when', ({ when, names }) => {
    expect(taken(when)).not.toBe('');
    expect(taken(when).includes('spec.adopt')).toBe(names);
  });
});

describe('LoadBalancerNotFound', () => {
  it('says which load balancer was looked for, where, and where its id comes from', () => {
    const messages = reasons
      .filter(({ reason }) => reason === 'LoadBalancerNotFound')
      .map(({ told }) => told.message);
    const place = 'in region cn-hangzhou of account 1000000000000001.';
    expect(messages[0]).toContain(`There is no load balancer alb-mistyped ${place}`);
    expect(messages[1]).toContain(`alb-mistyped (key loadBalancerId of ConfigMap network) ${place}`);
  });
});

describe('CorrectingDrift', () => {
  it('has a Warning event of its own, and says what was changed from what to what', () => {
    const row = reasons.find(({ reason }) => reason === 'CorrectingDrift');
    expect(row?.told.message).toContain('idleTimeout 15 → 77, gzipEnabled true → false');
    expect(REASONS.CorrectingDrift.event).toBe('Warning');
  });
});
