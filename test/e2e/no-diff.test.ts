import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { manifest } from '../support/full-manifests.ts';
import { httpSpec, isReady, OperatorWorld, reasonOf } from '../support/operator-world.ts';

interface Row {
  readonly state: string;
  readonly spec: (port: number) => object;
  /** Said of the manifest when the state is reached. */
  readonly reason: string;
}

const certificates = [{ certificateId: '1001-cn-hangzhou' }];
const https = { listenerProtocol: 'HTTPS', certificates };

/** States that last, so that there is time to look. */
const ROWS: readonly Row[] = [
  { state: 'running', reason: 'Running', spec: (listenerPort) => httpSpec({ listenerPort }) },
  {
    state: 'stopped',
    reason: 'Stopped',
    spec: (listenerPort) => httpSpec({ listenerPort, listenerState: 'Stopped' }),
  },
  {
    state: 'stalled',
    reason: 'LoadBalancerNotFound',
    spec: (listenerPort) => httpSpec({ listenerPort, loadBalancerId: 'alb-nowhere' }),
  },
  {
    state: 'suspended',
    reason: 'Suspended',
    spec: (listenerPort) => httpSpec({ listenerPort, suspend: true }),
  },
  {
    state: 'planned',
    reason: 'Planned',
    spec: (listenerPort) => httpSpec({ listenerPort, reconcilePolicy: 'DryRun' }),
  },
  {
    state: 'missing',
    reason: 'ListenerMissing',
    spec: (listenerPort) => httpSpec({ listenerPort, reconcilePolicy: 'Observe' }),
  },
  {
    state: 'quic',
    reason: 'Suspended',
    spec: (listenerPort) => httpSpec({ listenerPort, listenerProtocol: 'QUIC', certificates, suspend: true }),
  },
  {
    state: 'pending',
    reason: 'ReferenceNotReady',
    spec: (listenerPort) =>
      httpSpec({
        listenerPort,
        ...https,
        quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'quic-by-kubectl' } },
      }),
  },
  {
    state: 'drifted',
    reason: 'Running',
    spec: (listenerPort) => httpSpec({ listenerPort, driftPolicy: 'Report' }),
  },
];

const WAYS = [
  { way: 'kubectl', args: [] },
  { way: 'argocd', args: ['--server-side', '--field-manager=argocd-controller'] },
  { way: 'flux', args: ['--server-side', '--field-manager=kustomize-controller'] },
] as const;

describe('after a sync there is no difference left', () => {
  let world: OperatorWorld;
  beforeAll(async () => {
    world = await OperatorWorld.start();
  });
  afterAll(() => world.close());

  it.each(WAYS.map((row, index) => [row.way, { ...row, index }] as const))(
    'by %s, in every state',
    async (way, { args, index }) => {
      const named = ROWS.map((row, at) => ({
        ...row,
        name: `${row.state}-by-${way}`,
        manifest: row.spec(1000 + 100 * index + at),
      }));
      const input = named.map((row) => stringify(manifest(row.name, row.manifest))).join('---\n');
      const kubectl = async (verb: string) =>
        world.controlPlane.kubectl([verb, ...args, '-f', '-'], { input });
      expect(await kubectl('apply')).toMatchObject({ code: 0 });
      for (const { name, reason } of named) {
        await world.until(
          name,
          (listener) =>
            reasonOf(listener) === reason &&
            listener.status.observedGeneration === listener.metadata.generation,
        );
      }
      const drifted = await world.until(`drifted-by-${way}`, isReady);
      await world.cloud.editListener(drifted.status.listenerId ?? '', { IdleTimeout: 77 });
      await world.untilReason(`drifted-by-${way}`, 'Drifted');
      expect(await kubectl('diff')).toMatchObject({ code: 0, stdout: '' });

      // kubectl diff tells a difference where there is one.
      const other = stringify(
        manifest(`running-by-${way}`, httpSpec({ listenerPort: 1000 + 100 * index, idleTimeout: 20 })),
      );
      const told = await world.controlPlane.kubectl(['diff', ...args, '-f', '-'], { input: other });
      expect(told).toMatchObject({ code: 1 });
      expect(told.stdout).toContain('idleTimeout: 20');
    },
  );
});
