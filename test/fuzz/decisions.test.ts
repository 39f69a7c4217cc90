import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AsynJob } from '../../src/alb/api.ts';
import type { AlbError } from '../../src/alb/error.ts';
import { decideDeletion } from '../../src/listener/decide-deletion.ts';
import { decideLife } from '../../src/listener/decide-life.ts';
import type { Decision, Finding } from '../../src/listener/decision.ts';
import { ERROR_POLICY } from '../../src/listener/error-policy.ts';
import { atRest, drifted, type Facts, factsOf } from '../../src/listener/facts.ts';
import { mayStand } from '../../src/listener/links.ts';
import type { DeletionObservation, Observation } from '../../src/listener/observation.ts';
import { ownershipOf, ownershipTags } from '../../src/listener/ownership.ts';
import type { AlbListener } from '../../src/listener/resource.ts';
import { type ResolvedSpec, readSpec } from '../../src/listener/schema/spec.ts';
import { readStatus, statusSchema } from '../../src/listener/schema/status.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import type { Sight } from '../../src/listener/sight.ts';
import { summarise } from '../../src/listener/summary.ts';
import { HOME, LISTENER_ID, sampleObject, UID } from '../listener/sample.ts';
import { anySpec } from '../listener/schema/generated-specs.ts';
import { fullStatus } from '../support/full-status.ts';
import { statusProblems } from '../support/status-invariants.ts';
import { damaged, hostileText, isWellFormed } from './hostile.ts';

const NOW = Date.UTC(2026, 10, 1, 8, 10);
const circumstances = fc.record({
  now: fc.constant(NOW),
  settle: fc.constantFrom(3_000, 120_000),
  patience: fc.constantFrom(10_000, 600_000),
  home: fc.constantFrom(HOME, { clusterUid: undefined, adoptFrom: new Set(['untagged']) }),
});
/** Around the present, since that is what decisions turn on; the far past; and a clock that is ahead. */
const time = fc
  .constantFrom(-1e12, -700_000, -119_000, -1_000, 0, 3_600_000)
  .map((offset) => new Date(NOW + offset).toISOString());

const requestId = fc.oneof(fc.uuid(), fc.constant('R'.repeat(128)));
const words = fc
  .oneof(hostileText, fc.constantFrom('x'.repeat(511), '\u{1f44d}x'.repeat(700)))
  .map((text) => text.toWellFormed());
const error: fc.Arbitrary<AlbError> = fc.record(
  {
    class: fc.constantFrom(...Object.keys(ERROR_POLICY).filter(isErrorClass)),
    operation: fc.constant('CreateListener'),
    code: words.map((text) => text.slice(0, 128).toWellFormed()),
    message: words.map((text) => text.slice(0, 512).toWellFormed()),
    requestId,
    retryAfterMs: fc.nat(3_600_000),
    notSent: fc.constant(true),
  },
  { requiredKeys: ['class', 'operation', 'code', 'message'] },
);

const job: fc.Arbitrary<AsynJob | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ id: fc.constant('job-1'), status: fc.constantFrom('Processing', 'Succeeded', 'Unheard-of') }),
  fc.record({ id: fc.constant('job-1'), status: fc.constant('Failed'), error }),
);

const tags = fc.oneof(
  fc
    .nat(3)
    .map((incarnation) =>
      ownershipTags({ uid: UID, namespace: 'shop', name: 'web', clusterUid: undefined }, incarnation),
    ),
  fc.constant(ownershipTags({ uid: 'another', namespace: 'shop', name: 'web', clusterUid: undefined }, 0)),
  fc.array(fc.record({ key: words, value: words }), { maxLength: 3 }),
);
const certificates = fc.array(fc.record({ certificateId: words }), { maxLength: 3 });
const scalar = fc.oneof(fc.boolean(), fc.integer(), words);
const listener: fc.Arbitrary<SeenListener> = fc.record(
  {
    listenerId: fc.constant(LISTENER_ID),
    loadBalancerId: fc.constantFrom('alb-one', 'alb-two'),
    listenerProtocol: fc.constantFrom('HTTP', 'HTTPS', 'QUIC', 'GRPC'),
    listenerPort: fc.constantFrom(80, 443),
    listenerStatus: fc.oneof(
      fc.constantFrom('Provisioning', 'Running', 'Configuring', 'Stopped', 'Deleting'),
      words,
    ),
    tags,
    listenerDescription: words,
    requestTimeout: fc.integer(),
    idleTimeout: fc.integer(),
    gzipEnabled: fc.boolean(),
    http2Enabled: fc.boolean(),
    securityPolicyId: words,
    xForwardedForConfig: fc.dictionary(words, scalar, { maxKeys: 3 }),
    quicConfig: fc.record({ quicUpgradeEnabled: fc.boolean(), quicListenerId: words }, { requiredKeys: [] }),
    defaultActions: fc.array(fc.record({ type: words }), { maxLength: 2 }),
    caEnabled: fc.boolean(),
    certificates,
    caCertificates: certificates,
    additionalCertificates: fc.array(fc.record({ certificateId: words, status: words }), { maxLength: 3 }),
    aclConfig: fc.record({
      aclType: words,
      aclRelations: fc.array(fc.record({ aclId: words, status: words }), { maxLength: 3 }),
    }),
  },
  {
    requiredKeys: [
      'listenerId',
      'loadBalancerId',
      'listenerProtocol',
      'listenerPort',
      'listenerStatus',
      'tags',
    ],
  },
);

/** References stand for ids of their own. */
const spec: fc.Arbitrary<ResolvedSpec> = anySpec
  .map(readSpec)
  .filter((reading) => reading.ok)
  .map(({ spec }) => {
    const { loadBalancerId = 'alb-one', loadBalancerIdFrom, quicConfig, defaultActions, ...plain } = spec;
    const { quicListenerRef, ...quic } = quicConfig ?? {};
    return {
      ...plain,
      loadBalancerId,
      ...(quicConfig !== undefined && { quicConfig: quic }),
      defaultActions: defaultActions.map(({ type, forwardGroupConfig }) => ({
        type,
        forwardGroupConfig: {
          serverGroupTuples: forwardGroupConfig.serverGroupTuples.map(({ serverGroupId = 'sgp-one' }) => ({
            serverGroupId,
          })),
        },
      })),
    };
  });

const sight: fc.Arbitrary<Sight> = fc.oneof(
  fc.record({ seen: fc.constant('present' as const), listener, job }),
  fc.record({ seen: fc.constant('absent' as const), job }),
  fc.record({
    seen: fc.constant('candidate' as const),
    listener: fc.oneof(fc.constant(undefined), listener),
  }),
  listener.map((found) => ({
    seen: 'occupied' as const,
    listener: found,
    ownership: ownershipOf(found.tags, UID),
  })),
  fc.constant({ seen: 'free' as const }),
  fc.record({ seen: fc.constant('unreadable' as const), error }),
);

const memory = fc.record(
  {
    ...Object.fromEntries(Object.entries(fullStatus).map(([name, value]) => [name, fc.constant(value)])),
    observedGeneration: fc.integer({ min: -1, max: 3 }),
    listenerId: fc.constant(LISTENER_ID),
    creation: fc.record(
      { incarnation: fc.nat(3), startedAt: time, unsettledAt: time },
      { requiredKeys: ['incarnation', 'startedAt'] },
    ),
    operation: fc.record({
      kind: fc.constantFrom('Create', 'Update', 'Delete'),
      jobId: fc.constant('job-1'),
      requestId,
      startedAt: time,
    }),
  },
  { requiredKeys: [] },
);

const object = fc
  .record({
    status: damaged(memory).filter(isWellFormed),
    generation: fc.integer({ min: 3, max: 4 }),
    spec: anySpec,
    deleted: fc.boolean(),
  })
  .map(({ status, generation, spec, deleted }): AlbListener => {
    const deletedAt = new Date(NOW - 5_000).toISOString();
    const alive = sampleObject({ generation, spec, ...(deleted && { deletedAt }) });
    return { ...alive, status: readStatus(status) };
  });

describe('the decision about a resource that shall have a listener', () => {
  const observation: fc.Arbitrary<Observation> = fc.oneof(
    { arbitrary: fc.record({ of: fc.constant('cloud' as const), spec, sight }), weight: 8 },
    fc.record({
      of: fc.constant('spec' as const),
      problems: fc.array(fc.record({ path: words, message: words }), { minLength: 1, maxLength: 30 }),
    }),
    fc.record({
      of: fc.constant('references' as const),
      unresolved: fc.array(fc.record({ path: words, problem: words, passes: fc.boolean() }), {
        minLength: 1,
        maxLength: 30,
      }),
    }),
    fc.record({
      of: fc.constant('cluster' as const),
      rival: fc.record({ object, lapsesAt: fc.option(fc.integer(), { nil: undefined }) }),
    }),
  );

  it('is made for any status and any sight, and leaves a status without a contradiction', () => {
    const living = object.filter(({ beingDeleted }) => !beingDeleted);
    fc.assert(
      fc.property(living, observation, circumstances, (resource, seen, given) => {
        expect(contradictions(resource, decideLife(resource, seen, given))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the decision about a resource that shall go', () => {
  const observation: fc.Arbitrary<DeletionObservation> = fc.record({
    sight: fc.oneof(sight, fc.constant({ seen: 'nowhere' as const })),
    referrers: fc.array(object, { maxLength: 2 }),
    sweep: fc.oneof(
      fc.record({ of: fc.constantFrom('object' as const, 'namespace' as const, 'definition' as const) }),
      fc.record({ of: fc.constant('unknown' as const), message: words }),
    ),
  });

  it('is made for any status and any sight, and leaves a status without a contradiction', () => {
    const going = object.filter(({ beingDeleted }) => beingDeleted);
    fc.assert(
      fc.property(going, observation, circumstances, (resource, seen, given) => {
        const decision = decideDeletion(resource, seen, given);
        expect(contradictions(resource, decision)).toEqual([]);
        // Nothing the cloud did not say lets a resource go that may have a listener.
        const unknown = seen.sight.seen === 'unreadable' && mayStand(resource.status);
        if (unknown) expect(decision.do).not.toBe('release');
      }),
      { numRuns: 2000 },
    );
  });
});

/** What is wrong with the status that the decision leads to. */
function contradictions(resource: AlbListener, decision: Decision): readonly string[] {
  const told = toldOf(resource, decision);
  if (told === undefined) return [];
  const status = summarise(resource, told.facts, told.finding, NOW);
  const { key, resourceVersion, generation } = resource;
  return [
    ...(statusSchema.safeParse(status).error?.issues ?? []).map(({ message }) => message),
    ...(isWellFormed(status) ? [] : ['there is half a character in it']),
    ...statusProblems({ metadata: { name: key.name, resourceVersion, generation }, status }),
  ];
}

/** What goes into the status, where that is known without asking the cloud. */
function toldOf(
  { status }: AlbListener,
  decision: Decision,
): { readonly facts: Facts; readonly finding: Finding } | undefined {
  const facts = factsOf(status);
  switch (decision.do) {
    case 'nothing': {
      const { spec, listener } = decision;
      return { facts: atRest(facts, spec, listener), finding: { reason: 'Running', message: '' } };
    }
    case 'reportDrift':
      return {
        facts: drifted(facts, decision.differences, decision.listener),
        finding: decision.finding,
      };
    case 'report':
    case 'reportFailure':
    case 'startOver':
    case 'watch':
    case 'delete':
      return { facts, finding: decision.finding };
    case 'keepStatus':
    case 'create':
    case 'record':
    case 'apply':
    case 'protect':
    case 'rehearse':
    case 'adopt':
    case 'disown':
    case 'release':
      return undefined;
  }
}

function isErrorClass(name: string): name is AlbError['class'] {
  return name in ERROR_POLICY;
}
