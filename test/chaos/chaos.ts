import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { statusProblems } from '../support/status-invariants.ts';
import { watchStatuses } from '../support/status-watch.ts';
import { openTenant } from '../tenants/tenant.ts';
import { chance, within } from './chance.ts';
import { aDisturbance, type Scene } from './disturbances.ts';
import { HOSTILE_NAMESPACE, Hostile } from './hostile.ts';
import { killAndRestart } from './kill.ts';
import { Ledger } from './ledger.ts';
import { namespaceOf } from './owner.ts';
import { NAMESPACE, Users } from './users.ts';
import { notAsWished } from './verdict.ts';
import { LOAD_BALANCERS, World } from './world.ts';

/** Enough for a backoff that has grown to its minute, and some for a busy machine. */
const CONVERGES_WITHIN_MS = 150_000;
/** Of all that happens, what is no kill. */
const DISTURBED = 0.35;

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Called every few seconds with a line for people. */
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly kills: number;
  /** What the operator was doing when it was killed, and how often. */
  readonly killed: Readonly<Record<string, number>>;
  readonly disturbances: Readonly<Record<string, number>>;
  /** What users did. */
  readonly actions: number;
  /** What the hostile namespace did, and how often. */
  readonly hostile: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly creations: number;
  /** Objects with a listener that runs, at the end. */
  readonly running: number;
  readonly convergedMs: number;
  readonly durationMs: number;
  readonly violations: readonly string[];
}

/** Disturbs the operator while users work with it, then leaves it alone and judges what has become of their wishes. */
export async function runChaos({ kills, seed, say }: ChaosOptions): Promise<ChaosReport> {
  const startedAt = performance.now();
  await using world = await World.start();
  const ledger = new Ledger();
  const statuses = await watchStatuses(
    world.controlPlane.kubeconfigPath,
    () => [],
    // The hostile namespace writes statuses itself.
    (object) => (object.metadata.namespace === HOSTILE_NAMESPACE ? [] : statusProblems(object)),
  );
  const strangers = await makeStrangers(world);
  // Streams of their own, so that how fast users get on does not change what happens to the operator.
  const random = seededRandom(seed);
  const users = new Users(world.controlPlane.kubeconfigPath, seededRandom(seed + 1));
  const hostile = await openHostile(world, seed + 2);
  const scene: Scene = { world, ledger, random };
  const killed = new Map<string, number>();
  const disturbances = new Map<string, number>();
  const elapsed = () => Math.round((performance.now() - startedAt) / 1000);

  await world.operators.start();
  const storm = new AbortController();
  const atWork = Promise.all([
    repeat(storm.signal, 120, () => users.act()),
    repeat(storm.signal, 250, () => hostile.act([...world.simulator.state.listeners.values()])),
    repeat(storm.signal, 50, () => ledger.take(world.simulator)),
    repeat(storm.signal, 5000, () =>
      say(
        `${elapsed()} s: ${sum(killed)} of ${kills} kills, ${sum(disturbances)} other disturbances, ${users.actions} actions of users, ${sum(hostile.played)} of the hostile namespace, ${world.simulator.state.listeners.size} listeners`,
      ),
    ),
  ]);
  while (sum(killed) < kills) {
    if (chance(random, DISTURBED)) {
      const { kind, happen } = aDisturbance(random);
      await happen(scene);
      count(disturbances, kind);
      await sleep(within(random, 0, 500));
    } else {
      count(killed, await killAndRestart(scene));
    }
  }
  storm.abort();
  await atWork;
  await hostile.rest();

  say(`${elapsed()} s: the storm is over; waiting until everything is as wished`);
  const calmAt = performance.now();
  await world.cloud.clearFaults();
  await users.settle();
  // The hostile objects stay as they are: they must keep no user from anything.
  const unfulfilled = await untilAsWished(world, users);
  const convergedMs = Math.round(performance.now() - calmAt);

  ledger.take(world.simulator);
  say(`${elapsed()} s: now the hostile namespace tries all it can on listeners that run`);
  await hostile.assault(() => [...world.simulator.state.listeners.values()]);
  const harmed = await harmedByLeaving(world, users);
  ledger.take(world.simulator);
  await hostile.close();
  await world.operators.stop();
  const dump = await world.controlPlane.kubectl(['get', 'alblisteners,events', '-A', '-o', 'json']);
  const violations = [
    ...unfulfilled.map((trouble) => `After ${Math.round(convergedMs / 1000)} s of calm: ${trouble}`),
    ...harmed,
    ...ledger.trespasses(world.operators.writes),
    ...ledger.problems(new Set(strangers.map(({ ListenerId }) => ListenerId))),
    ...(await touchedStrangers(world, strangers)),
    ...(await statuses.stop()).map((problem) => `A status that contradicts itself: ${problem}`),
    ...world.operators.problems,
    ...world.secrets.leaksIn('objects and events', dump.stdout),
  ];
  return {
    seed,
    kills: sum(killed),
    killed: Object.fromEntries(killed),
    disturbances: Object.fromEntries(disturbances),
    actions: users.actions,
    hostile: Object.fromEntries(hostile.played),
    calls: ledger.calls.length,
    creations: ledger.creations(),
    running: users.wishes.size,
    convergedMs,
    durationMs: Math.round(performance.now() - startedAt),
    violations,
  };
}

/** A namespace whose account may edit AlbListeners and write their statuses. */
async function openHostile({ controlPlane }: World, seed: number): Promise<Hostile> {
  const connection = connectionOf(controlPlane.kubeconfigPath);
  const transport = new Transport({ connection, userAgent: 'the-chaos', clock: systemClock });
  const { kubeconfigPath } = await openTenant({ controlPlane, transport }, HOSTILE_NAMESPACE, {
    grants: ['status'],
  });
  await transport.close();
  return new Hostile(kubeconfigPath, seededRandom(seed));
}

/** The hostile namespace deletes all it has; what the users have must not go with it. */
async function harmedByLeaving(world: World, users: Users): Promise<readonly string[]> {
  const ids = () =>
    [...world.simulator.state.listeners.values()]
      .filter((listener) => namespaceOf(listener) === NAMESPACE)
      .map(({ ListenerId }) => ListenerId)
      .toSorted();
  const before = ids();
  const inNamespace = `--namespace=${HOSTILE_NAMESPACE}`;
  const isSeen = '--for=jsonpath={.status.conditions}';
  await world.controlPlane.kubectl(['wait', isSeen, 'alblisteners', '--all', '--timeout=15s', inNamespace]);
  await world.controlPlane.kubectl(['delete', 'alblisteners', '--all', '--wait=false', inNamespace]);
  // What only waits for a person, such as to take `suspend` back, need not go.
  await world.controlPlane.kubectl([
    'wait',
    '--for=delete',
    'alblisteners',
    '--all',
    '--timeout=15s',
    inNamespace,
  ]);
  const troubles = (await untilAsWished(world, users)).map((trouble) => `After the hostile left: ${trouble}`);
  return isDeepStrictEqual(ids(), before)
    ? troubles
    : [...troubles, 'Listeners of users went with the hostile.'];
}

/** Listeners that other people made, some with tags, on the load balancers of the users. */
function makeStrangers({ cloud }: World): Promise<readonly Listener[]> {
  return Promise.all(
    LOAD_BALANCERS.map((LoadBalancerId, index) =>
      cloud.createListener({
        LoadBalancerId,
        ListenerProtocol: 'HTTP',
        ListenerPort: 80,
        ListenerDescription: `made by hand, ${index}`,
        ...(index % 2 === 0 && { Tags: [{ Key: 'team', Value: 'others' }] }),
      }),
    ),
  );
}

async function touchedStrangers(
  { cloud }: World,
  strangers: readonly Listener[],
): Promise<readonly string[]> {
  const { listeners } = await cloud.state();
  return strangers
    .filter((stranger) => {
      const now = listeners.find(({ ListenerId }) => ListenerId === stranger.ListenerId);
      return !isDeepStrictEqual(now, stranger);
    })
    .map(({ ListenerId }) => `Listener ${ListenerId} of somebody else is not as it was.`);
}

/** What is still missing when it is given up; nothing as soon as everything is as wished. */
async function untilAsWished({ controlPlane, cloud }: World, users: Users): Promise<readonly string[]> {
  const until = performance.now() + CONVERGES_WITHIN_MS;
  for (;;) {
    const { stdout } = await controlPlane.kubectl(['get', 'alblisteners', '-o', 'json']);
    const { listeners } = await cloud.state();
    const missing = notAsWished(users.wishes, JSON.parse(stdout), listeners);
    if (missing.length === 0 || performance.now() > until) return missing;
    await sleep(250);
  }
}

async function repeat(signal: AbortSignal, everyMs: number, work: () => void): Promise<void> {
  while (!signal.aborted) {
    work();
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, one) => total + one, 0);
}
