import { expect } from 'vitest';
import { FINALIZER, RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { forwardTo } from '../scenarios/scene.ts';
import { eventually } from '../support/eventually.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { reasonOf } from '../support/operator-world.ts';
import type { Attack, TenantRow } from './attack.ts';

/** The name of the region whose endpoint takes connections and never answers. */
export const SILENT_REGION = 'cn-silent';

/** The settings of an operator for these rows: looking at hundreds of objects every two seconds would be a flood too. */
export const FLOOD_SETTINGS = { ALB_RESYNC_INTERVAL: '1m', LOG_LEVEL: 'info' };

/**
 * What a namespace can do by doing much of it. Each row begins a flood; `withstands` then has the victim create, edit
 * and delete a listener within the patience of the tests. How much longer than alone that takes is measured by
 * test/scale, on simulated time.
 */
export const FLOODS: readonly TenantRow[] = [
  {
    name: 'creates 150 objects at once',
    reason: 'The queue, the workers and the budget of calls are shared.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.createAll(many(150, (at) => attack.specElsewhere({ listenerPort: 1000 + at })));
      await withstands(attack);
    },
  },
  {
    name: 'creates 60 objects that claim the port of the victim',
    reason: 'Each is compared with the others and with the victim.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.createAll(many(60, () => attack.spec()));
      await withstands(attack);
    },
  },
  {
    name: 'creates 100 objects that the cloud refuses for good',
    reason: 'A refusal is tried again, and each attempt costs a call.',
    async run(attack) {
      await attack.victimRuns();
      const nowhere = forwardTo('sgp-nowhere');
      await attack.attacker.createAll(
        many(100, (at) => attack.specElsewhere({ listenerPort: 1000 + at, ...nowhere })),
      );
      await withstands(attack);
    },
  },
  {
    name: 'creates 80 objects in a region that never answers',
    reason: 'Each call is given up after ten seconds, and there are ten workers.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.createAll(
        many(80, (at) => attack.specElsewhere({ listenerPort: 1000 + at, regionId: SILENT_REGION })),
      );
      // At once, while nothing tells that no answers come, and when calls have been given up.
      await withstands(attack);
      await eventually('a call to be given up', () => hasGivenUp(attack));
      await withstands(attack);
    },
  },
  {
    name: 'requests a look at 30 objects without a pause',
    reason: 'A request to look goes before routine work.',
    async run(attack) {
      await attack.victimRuns();
      const names = await runs(attack, 30);
      const flood = patching(attack, names, (time) => ({
        metadata: { annotations: { [RECONCILE_REQUEST]: String(time) } },
      }));
      await flood.round();
      await withstands(attack);
      await flood.round();
      await flood.end();
    },
  },
  {
    name: 'edits 30 objects without a pause, each time into a state that is an event',
    reason: 'Edits go before routine work, and events are writes to the API server of all.',
    async run(attack) {
      await attack.victimRuns();
      const names = await runs(attack, 30);
      const groups = [attack.elsewhere.serverGroupId, 'sgp-nowhere'];
      const flood = patching(attack, names, (time) => ({ spec: forwardTo(groups[time % 2] ?? '') }));
      await flood.round();
      await withstands(attack);
      await flood.round();
      await flood.end();
    },
  },
  {
    name: 'takes the finalizer off 30 objects without a pause',
    reason: 'The operator puts it back each time, and looks anew.',
    async run(attack) {
      await attack.victimRuns();
      const names = await runs(attack, 30);
      const flood = patching(attack, names, () => ({ metadata: { finalizers: null } }));
      await flood.round();
      await withstands(attack);
      await flood.round();
      await flood.end();
      for (const name of names) {
        await attack.attacker.until(name, ({ metadata }) => metadata.finalizers.includes(FINALIZER));
      }
    },
  },
  {
    name: 'creates 40 objects with 250 kB of annotations each',
    reason: 'The objects of all are in one cache, and one list holds them.',
    async run(attack) {
      await attack.victimRuns();
      const annotations = { 'example.com/filler': 'x'.repeat(250_000) };
      for (let at = 0; at < 40; at += 1) {
        const spec = attack.specElsewhere({ listenerPort: 1000 + at });
        await attack.attacker.createAll({ [`large-${at}`]: spec }, { annotations });
      }
      await withstands(attack);
    },
  },
  {
    name: 'keeps 20 ConfigMaps of almost 1 MiB and changes them, while its objects refer to them',
    reason: 'Each change is a look at every object that refers to it.',
    async run(attack) {
      await attack.victimRuns();
      for (let at = 0; at < 20; at += 1) await putLargeConfigMap(attack, at, 'x');
      await attack.attacker.createAll(
        many(20, (at) => {
          const loadBalancerIdFrom = { configMapKeyRef: { name: `large-${at}`, key: 'lb' } };
          return attack.spec({ loadBalancerId: undefined, loadBalancerIdFrom, listenerPort: 1000 + at });
        }),
      );
      for (let at = 0; at < 20; at += 1) await putLargeConfigMap(attack, at, 'y');
      await withstands(attack);
    },
  },
];

/** Fails unless the victim gets a listener, an edit of it and its deletion through meanwhile. */
async function withstands(attack: Attack): Promise<void> {
  const { cluster } = attack.victim;
  const startedAt = performance.now();
  await attack.victimRuns('meanwhile', { listenerPort: 9443 });
  await cluster.edit('meanwhile', { idleTimeout: 33 });
  const id = await attack.victim.isReady('meanwhile');
  expect(await attack.cloud.listener(id)).toMatchObject({ IdleTimeout: 33 });
  await attack.victim.expectDeletable('meanwhile');
  console.log(`created, edited and deleted meanwhile in ${Math.round(performance.now() - startedAt)} ms`);
}

/** Whether one object of the attacker says that the cloud gave no answer. */
async function hasGivenUp({ attacker }: Attack): Promise<boolean> {
  return (await attacker.list()).some((object) => reasonOf(object) === 'CloudUnavailable');
}

function many(count: number, spec: (at: number) => object): Readonly<Record<string, object>> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`many-${at}`, spec(at)]));
}

/** Has the attacker run so many listeners on its own load balancer; resolves with their names. */
async function runs(attack: Attack, count: number): Promise<readonly string[]> {
  const specs = many(count, (at) => attack.specElsewhere({ listenerPort: 1000 + at }));
  await attack.attacker.createAll(specs);
  const names = Object.keys(specs);
  for (const name of names) await attack.attacker.untilReady(name);
  return names;
}

/**
 * Patches the objects one after another, as fast as the API server takes it, until `end`.
 *
 * `round` resolves when each has been patched once more, so that a flood that has dried up does not pass for one.
 */
function patching(attack: Attack, names: readonly string[], patch: (time: number) => object) {
  const connection = connectionOf(attack.tenant.kubeconfigPath);
  const transport = new Transport({ connection, userAgent: 'the-flood', clock: systemClock });
  const base = `/apis/${GROUP}/${VERSION}/namespaces/${attack.attacker.namespace}/${PLURAL}`;
  const ending = new AbortController();
  let sent = 0;
  let patched = 0;
  const flood = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const path = `${base}/${names[sent % names.length]}`;
      const body = patch(Math.floor(sent / names.length));
      const contentType = 'application/merge-patch+json';
      sent += 1;
      const answer = await transport.request({ method: 'PATCH', path, body, contentType });
      if (answer.ok) patched += 1;
    }
  };
  const flooding = Promise.all([flood(), flood(), flood()]);
  return {
    async round(): Promise<void> {
      const enough = patched + names.length;
      await eventually('the flood to go round', () => patched >= enough);
    },
    async end(): Promise<void> {
      ending.abort();
      await flooding;
      await transport.close();
    },
  };
}

async function putLargeConfigMap(attack: Attack, at: number, filler: string): Promise<void> {
  const name = `large-${at}`;
  await attack.attacker.kubectl('delete', 'configmap', name, '--ignore-not-found');
  await attack.attacker.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { lb: attack.elsewhere.loadBalancerId, filler: filler.repeat(1_000_000) },
  });
}
