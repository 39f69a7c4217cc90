import { describe, expect, it } from 'vitest';
import type { ListenerAttribute } from '../../src/alb/api.ts';
import type { AlbErrorClass } from '../../src/alb/error.ts';
import { closedSession } from '../../src/listener/closed-session.ts';
import type { Observation } from '../../src/listener/observation.ts';
import { ownershipTags } from '../../src/listener/ownership.ts';
import { withQuicListener } from '../../src/listener/quic-reference.ts';
import { SPEC, sampleError, sampleListener, sampleObject } from './sample.ts';

const QUIC_ID = 'lsn-quic';
const HERE = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const ELSEWHERE = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
const quicConfig = { quicUpgradeEnabled: true, quicListenerId: QUIC_ID };
const spec = { ...SPEC, listenerProtocol: 'HTTPS', quicConfig } as const;

function quicListener(parts: Partial<ListenerAttribute> = {}): ListenerAttribute {
  return sampleListener({ listenerId: QUIC_ID, listenerProtocol: 'QUIC', tags: [], ...parts });
}

function taggedFor(namespace: string, clusterUid: string | undefined = HERE) {
  return { tags: ownershipTags({ uid: 'other', namespace, name: 'quic', clusterUid }, 0) };
}

/** What comes of the observation where the cloud answers so. */
async function judged(observation: Observation, answer: ListenerAttribute | AlbErrorClass) {
  const calls: string[] = [];
  const cloud = {
    ...closedSession(sampleError('unavailable')).cloudFor(''),
    getListenerAttribute: async (id: string) => {
      calls.push(id);
      return typeof answer === 'string'
        ? ({ outcome: 'no', error: sampleError(answer) } as const)
        : ({ outcome: 'yes', value: answer, requestId: 'R' } as const);
    },
  };
  return { seen: await withQuicListener(sampleObject(), observation, { cloud, clusterUid: HERE }), calls };
}

const free: Observation = { of: 'cloud', spec, sight: { seen: 'free' } };

function present(parts: Parameters<typeof sampleListener>[0]): Observation {
  const listener = sampleListener({ listenerProtocol: 'HTTPS', ...parts });
  return { of: 'cloud', spec, sight: { seen: 'present', listener, job: undefined, contender: undefined } };
}

describe('a QUIC listener that is about to be referred to', () => {
  it.each<{ reason: string; answer: ListenerAttribute | AlbErrorClass; says: string | undefined }>([
    { reason: 'no AlbListener made it', answer: quicListener(), says: undefined },
    { reason: 'it is of the same namespace', answer: quicListener(taggedFor('shop')), says: undefined },
    {
      reason: 'it is of the same namespace, from before the cluster tag',
      answer: quicListener({
        tags: ownershipTags({ uid: 'other', namespace: 'shop', name: 'quic', clusterUid: undefined }, 0),
      }),
      says: undefined,
    },
    {
      reason: 'it is of another namespace',
      answer: quicListener(taggedFor('blog')),
      says: 'belongs to an AlbListener of another namespace',
    },
    {
      reason: 'it is of a namespace with this name in another cluster',
      answer: quicListener(taggedFor('shop', ELSEWHERE)),
      says: 'another namespace or cluster',
    },
    {
      reason: 'it is on another load balancer',
      answer: quicListener({ loadBalancerId: 'alb-other' }),
      says: 'is not on load balancer alb-one',
    },
    { reason: 'it is no QUIC listener', answer: quicListener({ listenerProtocol: 'HTTP' }), says: 'no QUIC' },
    { reason: 'it is not there', answer: 'listenerNotFound', says: 'there is no listener lsn-quic' },
  ])('is judged before any call that writes: $reason', async ({ answer, says }) => {
    const { seen } = await judged(free, answer);
    if (says === undefined) return expect(seen).toEqual(free);
    const problem = seen.of === 'references' ? seen.unresolved[0]?.problem : undefined;
    expect(problem).toContain(says);
    expect(problem).not.toContain('blog');
    return undefined;
  });

  it.each<AlbErrorClass>(['unavailable', 'throttled', 'permission'])(
    'is not referred to while the cloud answers with %s',
    async (answer) => {
      const { seen } = await judged(free, answer);
      expect(seen).toMatchObject({ of: 'cloud', sight: { seen: 'unreadable', error: { class: answer } } });
    },
  );

  it.each<{ reason: string; observation: Observation; asks: boolean }>([
    { reason: 'another id is declared', observation: present({ quicConfig: {} }), asks: true },
    {
      reason: 'the upgrade is off, and is turned on with the id',
      observation: present({ quicConfig: { ...quicConfig, quicUpgradeEnabled: false } }),
      asks: true,
    },
    { reason: 'it stands already, and nothing is sent', observation: present({ quicConfig }), asks: false },
    {
      reason: 'the cloud works on the listener',
      observation: present({ quicConfig: {}, listenerStatus: 'Configuring' }),
      asks: false,
    },
    {
      reason: 'there is no reference',
      observation: { of: 'cloud', spec: SPEC, sight: { seen: 'free' } },
      asks: false,
    },
  ])('is looked at: $asks, since $reason', async ({ observation, asks }) => {
    const { calls } = await judged(observation, quicListener(taggedFor('blog')));
    expect(calls).toEqual(asks ? [QUIC_ID] : []);
  });
});
