import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { PHASES, type Phase } from '../../src/listener/schema/status.ts';
import { manifest } from '../support/full-manifests.ts';
import { httpSpec, OperatorWorld, reasonOf, type StoredListener } from '../support/operator-world.ts';

interface Row {
  readonly state: string;
  readonly phase: Phase;
  /** Said of the manifest when the state is reached. */
  readonly reason: string;
  readonly spec: (port: number) => object;
  /** What happens to one that is Ready, so that it comes to its state. */
  readonly happens?: (listener: StoredListener) => Promise<void>;
}

const certificates = [{ certificateId: '1001-cn-hangzhou' }];
/** The description of listeners whose creation never ends. */
const NEVER_CREATED = 'never-created';
const https = { listenerProtocol: 'HTTPS', certificates };

/** States that last, so that there is time to look. */
const ROWS: readonly Row[] = [
  {
    state: 'running',
    phase: 'Running',
    reason: 'Running',
    spec: (listenerPort) => httpSpec({ listenerPort }),
  },
  {
    state: 'stopped',
    phase: 'Stopped',
    reason: 'Stopped',
    spec: (listenerPort) => httpSpec({ listenerPort, listenerState: 'Stopped' }),
  },
  {
    state: 'stalled',
    phase: 'Failed',
    reason: 'LoadBalancerNotFound',
    spec: (listenerPort) => httpSpec({ listenerPort, loadBalancerId: 'alb-nowhere' }),
  },
  {
    state: 'suspended',
    phase: 'Pending',
    reason: 'Suspended',
    spec: (listenerPort) => httpSpec({ listenerPort, suspend: true }),
  },
  {
    state: 'planned',
    phase: 'Pending',
    reason: 'Planned',
    spec: (listenerPort) => httpSpec({ listenerPort, reconcilePolicy: 'DryRun' }),
  },
  {
    state: 'missing',
    phase: 'Failed',
    reason: 'ListenerMissing',
    spec: (listenerPort) => httpSpec({ listenerPort, reconcilePolicy: 'Observe' }),
  },
  {
    state: 'quic',
    phase: 'Pending',
    reason: 'Suspended',
    spec: (listenerPort) => httpSpec({ listenerPort, listenerProtocol: 'QUIC', certificates, suspend: true }),
  },
  {
    state: 'pending',
    phase: 'Pending',
    reason: 'ReferenceNotReady',
    spec: (listenerPort) =>
      httpSpec({
        listenerPort,
        ...https,
        quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic-by-kubectl' } },
      }),
  },
  {
    state: 'provisioning',
    phase: 'Provisioning',
    reason: 'Provisioning',
    spec: (listenerPort) => httpSpec({ listenerPort, listenerDescription: NEVER_CREATED }),
  },
  {
    state: 'configuring',
    phase: 'Configuring',
    reason: 'Configuring',
    spec: (listenerPort) => httpSpec({ listenerPort }),
    happens: async ({ status: { listenerId = '' } }) => {
      const match = { ListenerId: listenerId };
      await world.cloud.addFault({ kind: 'hangJob', operation: 'UpdateListenerAttribute', match });
      await world.cloud.editListener(listenerId, { IdleTimeout: 77 });
    },
  },
  {
    state: 'drifted',
    phase: 'Failed',
    reason: 'Drifted',
    spec: (listenerPort) => httpSpec({ listenerPort, driftPolicy: 'Report' }),
    happens: async ({ status: { listenerId = '' } }) => {
      await world.cloud.editListener(listenerId, { IdleTimeout: 77 });
    },
  },
  {
    state: 'deleting',
    phase: 'Deleting',
    reason: 'Deleting',
    spec: (listenerPort) => httpSpec({ listenerPort }),
    happens: async ({ metadata: { name }, status: { listenerId = '' } }) => {
      const match = { ListenerId: listenerId };
      await world.cloud.addFault({ kind: 'hangJob', operation: 'DeleteListener', match });
      await world.controlPlane.kubectl(['delete', 'alblistener', name, '--wait=false']);
    },
  },
];

const WAYS = [
  { way: 'kubectl', args: [] },
  { way: 'argocd', args: ['--server-side', '--field-manager=argocd-controller'] },
  { way: 'flux', args: ['--server-side', '--field-manager=kustomize-controller'] },
] as const;

let world: OperatorWorld;

describe('after a sync there is no difference left', () => {
  beforeAll(async () => {
    // What hangs shall not be overdue, and creations shall not wait for the one that hangs.
    world = await OperatorWorld.start({
      settings: { createLocksLoadBalancer: false },
      environment: { ALB_SETTLE_TIME: '10m' },
    });
    const match = { ListenerDescription: NEVER_CREATED };
    await world.cloud.addFault({ kind: 'hangJob', operation: 'CreateListener', match });
  });
  afterAll(() => world.close());

  it('looks at every phase there is', () => {
    expect(new Set(ROWS.map(({ phase }) => phase))).toEqual(new Set(PHASES));
  });

  it.each(WAYS.map((row, index) => [row.way, { ...row, index }] as const))(
    'by %s, in every state',
    async (way, { args, index }) => {
      const named = ROWS.map((row, at) => ({
        ...row,
        name: `${row.state}-by-${way}`,
        manifest: row.spec(1000 + 100 * index + at),
      }));
      const input = named.map((row) => stringify(manifest(row.name, row.manifest))).join('---\n');
      const kubectl = async (verb: string, ...flags: readonly string[]) =>
        world.controlPlane.kubectl([verb, ...args, ...flags, '-f', '-'], { input });
      expect(await kubectl('apply')).toMatchObject({ code: 0 });
      for (const { name, happens } of named) {
        if (happens !== undefined) await happens(await world.untilReady(name));
      }
      for (const { name, phase, reason } of named) {
        await world.until(
          name,
          (listener) =>
            reasonOf(listener) === reason &&
            listener.status.phase === phase &&
            listener.status.observedGeneration === listener.metadata.generation,
        );
      }
      expect(await kubectl('diff')).toMatchObject({ code: 0, stdout: '' });
      const stored = await world.controlPlane.kubectl(['get', '-f', '-', '--output=json'], { input });
      expect(manifestsIn(stored.stdout).map(({ spec }) => spec)).toEqual(named.map((row) => row.manifest));
      const rehearsed = await kubectl('apply', '--dry-run=server', '--output=json');
      expect(manifestsIn(rehearsed.stdout)).toEqual(manifestsIn(stored.stdout));

      // kubectl diff tells a difference where there is one.
      const other = stringify(
        manifest(`running-by-${way}`, httpSpec({ listenerPort: 1000 + 100 * index, idleTimeout: 20 })),
      );
      const told = await world.controlPlane.kubectl(['diff', ...args, '-f', '-'], { input: other });
      expect(told).toMatchObject({ code: 1 });
      expect(told.stdout).toContain('idleTimeout: 20');
    },
  );

  it('before the operator has seen anything of it', async () => {
    await world.stopOperator();
    for (const [index, { way, args }] of WAYS.entries()) {
      const unseen = manifest(`unseen-by-${way}`, httpSpec({ listenerPort: 2000 + index }));
      const kubectl = async (verb: string) =>
        world.controlPlane.kubectl([verb, ...args, '-f', '-'], { input: stringify(unseen) });
      expect(await kubectl('apply')).toMatchObject({ code: 0 });
      expect(await kubectl('diff')).toMatchObject({ code: 0, stdout: '' });
    }
  });
});

const listSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        generation: z.int(),
        labels: z.unknown().optional(),
        annotations: z.unknown().optional(),
        finalizers: z.unknown().optional(),
      }),
      spec: z.unknown(),
    }),
  ),
});

/** All of the objects that a sync could change: an edit, be it taken back at once, would count up the generation. */
function manifestsIn(list: string) {
  return listSchema.parse(JSON.parse(list)).items;
}
