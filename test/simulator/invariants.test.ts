import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quicReferenceOf, transportOf } from '../../src/simulator/listener.ts';
import { deserialise, serialise } from '../../src/simulator/state.ts';
import { Cloud, forwardTo, type Wire } from './cloud.ts';

type Step =
  | { readonly kind: 'call'; readonly action: string; readonly target: number; readonly parameters: Wire }
  | { readonly kind: 'wait'; readonly ms: number };

const port = fc.constantFrom('80', '443', '8080');
const loadBalancer = fc.constantFrom('alb-standard', 'alb-basic');
const protocol = fc.constantFrom('HTTP', 'HTTPS', 'QUIC');
const groups = fc.constantFrom('sgp-http', 'sgp-http-2', 'sgp-grpc', 'sgp-other-vpc');
const certificate = fc.constantFrom('1001-cn-hangzhou', '1002-cn-hangzhou', '1003-cn-hangzhou');

const create = fc
  .record({
    LoadBalancerId: loadBalancer,
    ListenerProtocol: protocol,
    ListenerPort: port,
    ClientToken: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
    certificate,
    group: groups,
  })
  .map(({ certificate: id, group, ClientToken, ...wire }) => ({
    ...wire,
    ...(ClientToken !== undefined && { ClientToken }),
    ...(wire.ListenerProtocol !== 'HTTP' && { 'Certificates.1.CertificateId': id }),
    ...forwardTo(group),
  }));

const update = fc.oneof(
  fc.record({ IdleTimeout: fc.constantFrom('5', '50', '5000') }),
  groups.map((group) => forwardTo(group)),
  certificate.map((id) => ({ 'Certificates.1.CertificateId': id })),
  // The place of the target among the listeners; it becomes an id when the step is taken.
  fc
    .nat(5)
    .map((place) => ({ 'QuicConfig.QuicUpgradeEnabled': 'true', 'QuicConfig.QuicListenerId': `#${place}` })),
  fc.constant({ 'QuicConfig.QuicUpgradeEnabled': 'false' }),
);

const call = fc.oneof(
  create.map((parameters) => ({ action: 'CreateListener', parameters })),
  update.map((parameters) => ({ action: 'UpdateListenerAttribute', parameters })),
  fc
    .constantFrom('DeleteListener', 'DeleteListener', 'StartListener', 'StopListener')
    .map((action) => ({ action, parameters: {} })),
  fc.record({
    action: fc.constantFrom(
      'AssociateAdditionalCertificatesWithListener',
      'DissociateAdditionalCertificatesFromListener',
    ),
    parameters: certificate.map((id) => ({ 'Certificates.1.CertificateId': id })),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ call, target: fc.nat(5) })
      .map(({ call: made, target }) => ({ kind: 'call' as const, ...made, target })),
  },
  { weight: 2, arbitrary: fc.constantFrom(0, 500, 1000, 3000).map((ms) => ({ kind: 'wait' as const, ms })) },
);

const settings = fc.record({
  createLocksLoadBalancer: fc.boolean(),
  replayAfterDelete: fc.constantFrom('replay' as const, 'create' as const, 'refuse' as const),
  replayFailures: fc.boolean(),
  afterFailedCreate: fc.constantFrom('gone' as const, 'provisioning' as const),
  afterFailedUpdate: fc.constantFrom('old' as const, 'new' as const),
  deletingMs: fc.constantFrom(0, 700),
  listLagMs: fc.constantFrom(0, 2000),
});

function take(cloud: Cloud, taken: Step): void {
  if (taken.kind === 'wait') {
    cloud.wait(taken.ms);
    return;
  }
  const idAt = (place: number) => cloud.listeners()[place]?.ListenerId ?? 'lsn-nobody';
  const target: Wire = taken.action === 'CreateListener' ? {} : { ListenerId: idAt(taken.target) };
  const parameters: Record<string, string> = { ...target };
  for (const [name, value] of Object.entries(taken.parameters)) {
    parameters[name] = value.startsWith('#') ? idAt(Number(value.slice(1))) : value;
  }
  cloud.answer(taken.action, parameters);
}

function check(cloud: Cloud): void {
  const { state } = cloud.simulator;
  const listeners = cloud.listeners();

  const places = listeners.map(
    (item) => `${item.LoadBalancerId}/${transportOf(item.ListenerProtocol)}/${item.ListenerPort}`,
  );
  expect(new Set(places).size, 'one listener on a port').toBe(places.length);

  const quics = listeners.map(quicReferenceOf).filter((id) => id !== undefined);
  expect(new Set(quics).size, 'one reference to a QUIC listener').toBe(quics.length);
  for (const id of quics) expect(state.listeners.has(id), 'no reference into nothing').toBe(true);

  const atWork = [...state.processing].map((id) => state.jobs.get(id)?.ResourceId);
  expect(new Set(atWork).size, 'one job at a time on a listener').toBe(atWork.length);
  for (const { ListenerId, ListenerStatus } of listeners) {
    const passing = ListenerStatus === 'Configuring' || ListenerStatus === 'Deleting';
    if (passing) expect(atWork, 'a passing state has a job that ends it').toContain(ListenerId);
  }

  const created = state.calls.filter((record) => record.effect?.kind === 'created');
  const ids = created.flatMap((record) => record.effect?.listenerIds ?? []);
  expect(new Set(ids).size, 'no id twice').toBe(ids.length);
  for (const record of state.calls) {
    if (record.outcome !== 'Success') expect(record.effect, 'a refusal changes nothing').toBeNull();
  }
}

it('keeps its invariants through any sequence of calls, failing jobs and restarts', () => {
  fc.assert(
    fc.property(
      settings,
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(0, 0.3),
      fc.nat(60),
      (given, steps, failing, restartAt) => {
        let cloud = new Cloud(given);
        cloud.fault({ kind: 'failJob', code: 'InternalError', probability: failing });
        for (const [index, taken] of steps.entries()) {
          if (index === restartAt) cloud = cloud.restarted();
          take(cloud, taken);
          check(cloud);
        }
        cloud.wait(3_600_000);
        cloud.ok('ListListeners');
        expect(cloud.simulator.state.processing.size, 'every job ends').toBe(0);
        check(cloud);
      },
    ),
    { numRuns: 300 },
  );
});

it('one token makes one listener for as long as it is remembered, however often it is sent', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cloud = new Cloud({ replayAfterDelete: 'replay' });
      for (const taken of steps) take(cloud, taken);
      const tokens = cloud.simulator.state.calls
        .filter((record) => record.effect?.kind === 'created')
        .map((record) => record.parameters['ClientToken'])
        .filter((token) => token !== undefined);
      expect(new Set(tokens).size).toBe(tokens.length);
    }),
    { numRuns: 200 },
  );
});

it('reads back the state it wrote', () => {
  fc.assert(
    fc.property(settings, fc.array(step, { maxLength: 30 }), (given, steps) => {
      const cloud = new Cloud(given);
      for (const taken of steps) take(cloud, taken);
      expect(deserialise(serialise(cloud.simulator.state))).toEqual(cloud.simulator.state);
    }),
    { numRuns: 50 },
  );
});
