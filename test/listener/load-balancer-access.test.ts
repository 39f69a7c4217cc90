import { describe, expect, it } from 'vitest';
import { decideUnseen } from '../../src/listener/decide-unseen.ts';
import { mayUseOf, refusedLoadBalancer } from '../../src/listener/load-balancer-access.ts';
import type { Cluster } from '../../src/listener/ports.ts';
import type { AlbListenerStatus } from '../../src/listener/schema/status.ts';
import { settingsSchema } from '../../src/settings/schema.ts';
import { SPEC, sampleObject } from './sample.ts';

const read = (text: string) => settingsSchema.shape.LOAD_BALANCER_NAMESPACES.safeParse(text);

describe('a load balancer', () => {
  const map = 'alb-one=shop,web; alb-two=team-*; alb-three=; *=platform';
  it.each([
    { loadBalancerId: 'alb-one', namespace: 'shop', may: true, reason: 'it is named' },
    { loadBalancerId: 'alb-one', namespace: 'shop-2', may: false, reason: 'a name is not a prefix' },
    { loadBalancerId: 'alb-one', namespace: 'platform', may: false, reason: '* is for the others' },
    { loadBalancerId: 'alb-two', namespace: 'team-a', may: true, reason: '* stands for anything' },
    { loadBalancerId: 'alb-two', namespace: 'a-team-a', may: false, reason: 'a pattern is the whole name' },
    { loadBalancerId: 'alb-three', namespace: 'platform', may: false, reason: 'it is for nobody' },
    { loadBalancerId: 'alb-new', namespace: 'platform', may: true, reason: 'it is not named' },
    { loadBalancerId: 'alb-new', namespace: 'shop', may: false, reason: 'it is not named' },
  ])('$loadBalancerId serves $namespace: $may, since $reason', ({ loadBalancerId, namespace, may }) => {
    expect(mayUseOf(read(map).data ?? new Map())(loadBalancerId, namespace)).toBe(may);
  });

  it('that is not named serves everybody where no * says otherwise', () => {
    expect(mayUseOf(new Map([['alb-one', ['shop']]]))('alb-two', 'web')).toBe(true);
  });

  it.each(['alb-one', 'alb-one=Shop', 'lb-one=shop', 'alb-one=shop=web', 'alb-one=a;alb-one=b', '=shop'])(
    'cannot be given away by %j',
    (text) => {
      expect(read(text).success).toBe(false);
    },
  );
});

describe('an object outside', () => {
  const nowhere: Pick<Cluster, 'configMapValue'> = { configMapValue: () => ({ found: 'noConfigMap' }) };
  const mayUse = mayUseOf(new Map([['alb-one', ['web']]]));
  const unsettled = {
    incarnation: 0,
    startedAt: '2026-01-01T00:00:00Z',
    unsettledAt: '2026-01-01T00:00:00Z',
  };
  it.each<{
    reason: string;
    spec?: object;
    status?: Partial<AlbListenerStatus>;
    beingDeleted?: boolean;
    decision: object | undefined;
  }>([
    {
      reason: 'is refused before anything is asked',
      decision: { do: 'report', finding: { reason: 'LoadBalancerNotAllowed' } },
    },
    {
      reason: 'keeps the listener it has, which is left as it is',
      status: { listenerId: 'lsn-1' },
      decision: {
        do: 'report',
        finding: {
          message:
            'Namespace shop may not use load balancer alb-one with the operator’s own credentials. Listener lsn-1 stays as it is until its object goes. Name another load balancer, or credentials of the namespace in spec.credentialsSecretRef; the administrator of the operator changes who may use a load balancer in LOAD_BALANCER_NAMESPACES.',
        },
      },
    },
    { reason: 'goes without a call if it never created', beingDeleted: true, decision: { do: 'release' } },
    {
      reason: 'goes with its listener',
      status: { listenerId: 'lsn-1' },
      beingDeleted: true,
      decision: undefined,
    },
    {
      reason: 'goes with what it may have created',
      status: { creation: unsettled },
      beingDeleted: true,
      decision: undefined,
    },
    {
      reason: 'is searched for a listener before it goes, if its status was wiped',
      status: { recovery: { since: '2026-01-01T00:00:00Z' } },
      beingDeleted: true,
      decision: undefined,
    },
    {
      reason: 'is none with credentials of its namespace',
      spec: { credentialsSecretRef: { name: 'alb' } },
      decision: undefined,
    },
    { reason: 'is none on another load balancer', spec: { loadBalancerId: 'alb-two' }, decision: undefined },
  ])('$reason', ({ spec, status = {}, beingDeleted = false, decision }) => {
    const object = sampleObject({ spec: { ...SPEC, ...spec }, status, beingDeleted });
    const made = decideUnseen(object, refusedLoadBalancer(object, nowhere, mayUse));
    if (decision === undefined) expect(made).toBeUndefined();
    else expect(made).toMatchObject(decision);
  });
});
