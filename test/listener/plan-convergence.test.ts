import fc from 'fast-check';
import { expect, it } from 'vitest';
import { albApiOver } from '../../src/alb/alb-client.ts';
import type { AlbApi } from '../../src/alb/api.ts';
import type { Outcome } from '../../src/alb/error.ts';
import { isManaged, type Memory } from '../../src/listener/memory.ts';
import { planFor } from '../../src/listener/plan.ts';
import { readListener } from '../../src/listener/read-listener.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import { carryOut, type Step } from '../../src/listener/step.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { createForeignListener } from '../../src/simulator/out-of-band.ts';
import type { SettingsInput } from '../../src/simulator/settings.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { connectionTo } from '../simulation/cloud-model.ts';
import { SPEC } from './sample.ts';

const CERTIFICATES = Array.from({ length: 20 }, (_, index) => `${index}-cn-hangzhou`);
const ACLS = ['acl-a', 'acl-b', 'acl-c', 'acl-d', 'acl-e', 'acl-f'];

const aclType = fc.constantFrom('White' as const, 'Black' as const);
const acls = fc.subarray(ACLS, { maxLength: 3 });
const tagKeys = fc.subarray(['env', 'team', 'cost-centre']);
/** The default certificate and additional ones, which it is not among. */
const certificates = fc
  .uniqueArray(fc.constantFrom(...CERTIFICATES), { minLength: 1 })
  .map(([standard = '', ...additional]) => ({ standard, additional }));
const tracing = fc.oneof(
  fc.constant({ tracingEnabled: false }),
  fc.record({ tracingEnabled: fc.constant(true), tracingSample: fc.integer({ min: 1, max: 9 }) }),
);

/** Any listener that somebody could have left behind. */
const listener = fc
  .record({ certificates, aclType, acls, tracing, idleTimeout: fc.integer({ min: 1, max: 3 }), tagKeys })
  .map(({ certificates: { standard, additional }, ...rest }) => ({
    LoadBalancerId: 'alb-one',
    ListenerProtocol: 'HTTPS' as const,
    ListenerPort: 443,
    Certificates: [{ CertificateId: standard }],
    AdditionalCertificates: additional.map((CertificateId) => ({ CertificateId, Status: 'Associated' })),
    AclConfig: {
      ...(rest.acls.length > 0 && { AclType: rest.aclType }),
      AclRelations: rest.acls.map((AclId) => ({ AclId, Status: 'Associated' })),
    },
    LogConfig: {
      AccessLogTracingConfig: {
        TracingEnabled: rest.tracing.tracingEnabled,
        ...('tracingSample' in rest.tracing && { TracingSample: rest.tracing.tracingSample }),
      },
    },
    IdleTimeout: rest.idleTimeout,
    DefaultActions: [
      { Type: 'ForwardGroup', ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: 'sgp-web' }] } },
    ],
    Tags: rest.tagKeys.map((Key) => ({ Key, Value: 'theirs' })),
  }));

const spec: fc.Arbitrary<ResolvedSpec> = fc
  .record({
    certificates,
    additional: fc.boolean(),
    aclConfig: fc.option(fc.record({ aclType, aclIds: acls }), { nil: undefined }),
    tracing: fc.option(tracing, { nil: undefined }),
    idleTimeout: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    ignoreFields: fc.subarray(['aclConfig', 'additionalCertificates', 'idleTimeout']),
    tagKeys,
  })
  .map(({ certificates: { standard, additional }, aclConfig, idleTimeout, ...rest }) => ({
    ...SPEC,
    listenerProtocol: 'HTTPS',
    listenerPort: 443,
    certificates: [{ certificateId: standard }],
    ...(rest.additional && {
      additionalCertificates: additional.map((certificateId) => ({ certificateId })),
    }),
    ...(aclConfig !== undefined && { aclConfig }),
    ...(rest.tracing !== undefined && { logConfig: { accessLogTracingConfig: rest.tracing } }),
    ...(idleTimeout !== undefined && { idleTimeout }),
    ignoreFields: rest.ignoreFields,
    tags: rest.tagKeys.map((key) => ({ key, value: 'ours' })),
  }));

const memory: fc.Arbitrary<Memory> = fc.record({
  managedTagKeys: tagKeys,
  managedAttachments: fc
    .subarray(['aclConfig', 'additionalCertificates'] as const)
    .map((items) => [...items]),
});

/** Whether the listener is stopped, and shall be. Changes of one that stays stopped are another matter. */
const run = fc.constantFrom<
  Pick<ResolvedSpec, 'listenerState'> & { readonly status: Listener['ListenerStatus'] }
>({ status: 'Running' }, { status: 'Stopped' }, { status: 'Running', listenerState: 'Stopped' });

const settings: fc.Arbitrary<SettingsInput> = fc.record({
  updateOfStopped: fc.constantFrom('allowed' as const, 'refused' as const),
  busyListenerCode: fc.constantFrom(
    'IncorrectStatus.Listener' as const,
    'ResourceInConfiguring.Listener' as const,
  ),
});

/** One listener in a simulated cloud, where a change takes a second. */
class Cloud {
  readonly #simulator: Simulator;
  readonly #listenerId: string;
  readonly api: AlbApi;
  #now = 0;

  constructor(given: object, options: SettingsInput) {
    this.#simulator = new Simulator({
      clock: () => this.#now,
      settings: { ...options, configuringMs: 1000 },
      inventory: {
        loadBalancers: [
          { LoadBalancerId: 'alb-one', VpcId: 'vpc', AccessLogConfig: { LogProject: 'p', LogStore: 's' } },
        ],
        serverGroups: [{ ServerGroupId: 'sgp-web', VpcId: 'vpc' }],
        certificates: CERTIFICATES.map((CertificateId) => ({ CertificateId })),
        acls: ACLS.map((AclId, index) => ({ AclId, AclEntries: [`192.0.2.${index}/32`] })),
      },
    });
    this.#listenerId = createForeignListener(this.#simulator, given).ListenerId;
    this.api = albApiOver(connectionTo(this.#simulator, async (call) => call.arrive()));
  }

  get listener(): Listener {
    const found = this.#simulator.state.listeners.get(this.#listenerId);
    if (found === undefined) throw new Error('The listener is gone.');
    return found;
  }

  async read(declared: ResolvedSpec, remembered: Memory): Promise<SeenListener> {
    return valueOf(await readListener(this.#listenerId, declared, remembered, this.api));
  }

  /** Makes one call and lets it come to its end. */
  async make(step: Step): Promise<void> {
    valueOf(await carryOut(step, this.#listenerId, this.api));
    this.#now += 1000;
    this.#simulator.saved();
  }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.outcome === 'yes') return outcome.value;
  throw new Error(`${outcome.error.operation}: ${outcome.error.code} ${outcome.error.message}`);
}

const additionalOf = ({ AdditionalCertificates }: Listener) =>
  AdditionalCertificates.map(({ CertificateId }) => CertificateId).sort();
const aclsOf = ({ AclConfig }: Listener) => AclConfig.AclRelations.map(({ AclId }) => AclId).sort();

it('from any listener, call by call and each time as if for the first time, any manifest comes true', async () => {
  const property = fc.asyncProperty(
    fc.record({ given: listener, declared: spec, remembered: memory, state: run, options: settings }),
    async ({ given, declared: { ...declared }, remembered, state, options }) => {
      if (state.listenerState !== undefined) declared.listenerState = state.listenerState;
      const cloud = new Cloud({ ...given, ListenerStatus: state.status }, options);
      const before = cloud.listener;
      const standard = declared.certificates?.[0]?.certificateId ?? '';
      const managesCertificates = isManaged('additionalCertificates', declared, remembered);
      // An additional certificate of others is theirs to free before it can become the default one.
      fc.pre(managesCertificates || !additionalOf(before).includes(standard));

      const announced = planFor(declared, await cloud.read(declared, remembered), remembered).steps;
      const made: Step[] = [];
      const onTheWay: Listener[] = [];
      for (;;) {
        const [step] = planFor(declared, await cloud.read(declared, remembered), remembered).steps;
        if (step === undefined) break;
        made.push(step);
        expect(made.length).toBeLessThanOrEqual(announced.length);
        await cloud.make(step);
        onTheWay.push(cloud.listener);
      }

      // What was announced at first is what was done, call by call.
      expect(made).toEqual(announced);

      const after = cloud.listener;
      expect(after.Certificates).toEqual([{ CertificateId: standard }]);
      expect(after.ListenerStatus).toBe(declared.listenerState ?? 'Running');
      expect(additionalOf(after)).toEqual(
        managesCertificates
          ? (declared.additionalCertificates ?? []).map(({ certificateId }) => certificateId).sort()
          : additionalOf(before),
      );
      const managesAcls = isManaged('aclConfig', declared, remembered);
      expect(aclsOf(after)).toEqual(
        managesAcls ? (declared.aclConfig?.aclIds ?? []).toSorted() : aclsOf(before),
      );
      if (managesAcls && aclsOf(after).length > 0) {
        expect(after.AclConfig.AclType).toBe(declared.aclConfig?.aclType);
      }

      // Nobody gets through on the way who gets through neither before nor after.
      if (before.AclConfig.AclType === after.AclConfig.AclType && aclsOf(before).length > 0) {
        for (const moment of onTheWay) expect(opens(moment, [before, after])).toBe(false);
      }
    },
  );
  await fc.assert(property, { numRuns: 1000 });
});

/** Whether it lets an address through that all of the others keep out; an ACL stands for one address. */
function opens(moment: Listener, others: readonly Listener[]): boolean {
  return ['elsewhere', ...ACLS].some(
    (address) => letsThrough(moment, address) && others.every((other) => !letsThrough(other, address)),
  );
}

function letsThrough(listener: Listener, address: string): boolean {
  const ids = aclsOf(listener);
  if (ids.length === 0) return true;
  return ids.includes(address) === (listener.AclConfig.AclType === 'White');
}
