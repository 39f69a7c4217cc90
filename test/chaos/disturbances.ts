import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/runtime/random.ts';
import type { FaultInput } from '../../src/simulator/fault.ts';
import { chance, pick, within } from './chance.ts';
import type { Ledger } from './ledger.ts';
import { uidOf } from './owner.ts';
import { LONGEST_HOLD_MS, type World } from './world.ts';

export interface Scene {
  readonly world: World;
  readonly ledger: Ledger;
  readonly random: Random;
}

export interface Disturbance {
  readonly kind: string;
  /** How often it comes, compared with the others. */
  readonly weight: number;
  readonly happen: (scene: Scene) => Promise<void>;
}

/** What happens to the operator besides being killed. Each ends with everything running again. */
export const DISTURBANCES: readonly [Disturbance, ...Disturbance[]] = [
  {
    kind: 'operator asked to end (SIGTERM), and started',
    weight: 4,
    async happen({ world: { operators } }) {
      await operators.stop();
      await operators.start();
    },
  },
  {
    kind: 'operator paused, and woken (SIGSTOP, SIGCONT)',
    weight: 4,
    async happen({ world: { operators }, random }) {
      const wake = operators.pause();
      await sleep(within(random, 200, 5000));
      wake();
    },
  },
  {
    kind: 'operator paused, replaced, and woken beside its successor',
    weight: 4,
    async happen({ world: { operators }, random }) {
      const old = operators.current;
      const wake = operators.pause();
      await operators.start();
      await sleep(within(random, 500, 3000));
      wake();
      await sleep(within(random, 200, 2000));
      await operators.kill(old);
    },
  },
  {
    kind: 'kube-apiserver killed, and started',
    weight: 1,
    async happen({ world: { controlPlane }, random }) {
      await controlPlane.stopApiServer();
      await sleep(within(random, 0, 1000));
      await controlPlane.startApiServer();
    },
  },
  {
    kind: 'kube-apiserver restarted with every watch expired',
    weight: 1,
    happen: ({ world: { controlPlane } }) => controlPlane.expireWatches(),
  },
  {
    kind: 'connections to the API server reset',
    weight: 4,
    async happen({ world: { apiServerLine } }) {
      apiServerLine.cut();
    },
  },
  {
    kind: 'line to the API server silent for a while',
    weight: 3,
    async happen({ world: { apiServerLine }, random }) {
      apiServerLine.freeze();
      await sleep(within(random, 100, 4000));
      apiServerLine.resume();
    },
  },
  {
    kind: 'cloud stopped, and started from its state file',
    weight: 3,
    async happen({ world, ledger }) {
      await world.restartSimulator(async () => {
        // No call that is held up may take effect after the end.
        await sleep(LONGEST_HOLD_MS + 100);
        ledger.take(world.simulator);
      });
    },
  },
  {
    kind: 'connections to the cloud reset',
    weight: 4,
    async happen({ world: { cloudLine } }) {
      cloudLine.cut();
    },
  },
  {
    kind: 'line to the cloud silent for a while',
    weight: 3,
    async happen({ world: { cloudLine }, random }) {
      cloudLine.freeze();
      await sleep(within(random, 100, LONGEST_HOLD_MS));
      cloudLine.resume();
    },
  },
  {
    kind: 'answers of the cloud lost, garbled, refused or throttled',
    weight: 12,
    async happen({ world: { cloud }, random }) {
      await cloud.addFault(faultOf(random));
    },
  },
  {
    kind: 'listener edited in the console',
    weight: 3,
    async happen(scene) {
      const id = aListenerOfOurs(scene);
      if (id !== undefined) await scene.world.cloud.editListener(id, { IdleTimeout: 7, GzipEnabled: false });
    },
  },
  {
    kind: 'listener deleted in the console',
    weight: 2,
    async happen(scene) {
      const id = aListenerOfOurs(scene);
      if (id !== undefined) await scene.world.cloud.deleteListener(id);
    },
  },
];

export function aDisturbance(random: Random): Disturbance {
  let rest = random.next() * DISTURBANCES.reduce((sum, { weight }) => sum + weight, 0);
  for (const disturbance of DISTURBANCES) {
    rest -= disturbance.weight;
    if (rest < 0) return disturbance;
  }
  return DISTURBANCES[0];
}

const OPERATIONS = [
  '*',
  'CreateListener',
  'CreateListener',
  'DeleteListener',
  'UpdateListenerAttribute',
  'GetListenerAttribute',
  'ListListeners',
  'TagResources',
] as const;

function faultOf(random: Random): FaultInput {
  const scope = { operation: pick(random, OPERATIONS), count: within(random, 1, 4) };
  const effect = chance(random, 0.5) ? ('before' as const) : ('after' as const);
  return pick<FaultInput>(random, [
    { ...scope, kind: 'cut', effect },
    { ...scope, kind: 'hang', effect, count: 1 },
    { ...scope, kind: 'error', effect, status: 503, code: 'ServiceUnavailable' },
    { ...scope, kind: 'error', effect, status: 500, code: 'InternalError' },
    { ...scope, kind: 'error', status: 400, code: 'Throttling.User', retryAfterMs: within(random, 0, 2000) },
    { ...scope, kind: 'error', status: 403, code: 'NoPermission' },
    { ...scope, kind: 'body', effect, status: 502, text: '<html>502 Bad Gateway</html>' },
    { ...scope, kind: 'body', effect, status: 200, text: '{"RequestId":' },
    { ...scope, kind: 'body', effect, status: 200, text: '{}' },
    { operation: 'CreateListener', count: 1, kind: 'failJob', code: 'SystemBusy' },
    { operation: 'UpdateListenerAttribute', count: 1, kind: 'failJob', code: 'SystemBusy' },
  ]);
}

function aListenerOfOurs({ world, random }: Scene): string | undefined {
  const ours = [...world.simulator.state.listeners.values()].filter(
    (listener) => uidOf(listener) !== undefined,
  );
  return ours[Math.floor(random.next() * ours.length)]?.ListenerId;
}
