import { RECONCILE_REQUEST, readAlbListener } from '../../../src/listener/resource.ts';
import { conditionOf } from '../../../src/listener/summary.ts';
import { type ObjectKey, objectKey } from '../../../src/runtime/object.ts';
import { FAR_LOAD_BALANCER } from '../cloud.ts';
import { ROGUE_NAMESPACE } from '../cluster.ts';
import { FAR_REGION } from '../regions.ts';
import type { World } from '../world.ts';

/** Objects of the one who floods. */
const CROWD = 24;
/** Another port each time: a list that lags still shows the listener of the first one. */
const ALONE: Victim = { key: objectKey('shop', 'victim-alone'), port: 1998 };
const BESIDE: Victim = { key: objectKey('shop', 'victim'), port: 1999 };
const LOOK_EVERY_MS = 200;
/** No single step takes longer alone, under whatever settings of the cloud. */
const LONGEST_MS = 300_000;
/** What a pause of the queue or of the budget may add, however long the step takes alone. */
const SLACK_MS = 15_000;

/** Something that one namespace does to the operator, and how much longer others may wait meanwhile. */
interface Trouble {
  readonly what: string;
  readonly factor: number;
  /** How long answers take: with long ones the workers are scarce, with short ones the budget. */
  readonly latencies: readonly [number, ...number[]];
  begin(world: World): void;
  /** Called again and again, every `LOOK_EVERY_MS`. */
  goOn(world: World): void;
  end(world: World): void;
}

/** In one namespace. */
const crowd = crowdIn(ROGUE_NAMESPACE);
/** In two: each may hold so many workers, and together they could hold all. */
const scattered = crowdIn(ROGUE_NAMESPACE, 'lab');

const FLOOD: Trouble = {
  what: `${CROWD} objects are annotated five times a second`,
  factor: 3,
  latencies: [100, 1500],
  begin: (world) => {
    // They only watch what is not there: that alone asks the cloud.
    makeCrowd(world, crowd, (index) => ({
      ...specOn('alb-two', 1000 + index),
      reconcilePolicy: 'Observe',
      adopt: { listenerId: `lsn-nowhere${index}` },
    }));
  },
  goOn: ({ cluster, chance }) => {
    const key = chance.pick(crowd);
    if (key !== undefined) cluster.annotate(key, { [RECONCILE_REQUEST]: String(chance.below(1_000_000)) });
  },
  end: () => {},
};

const SILENT_REGION: Trouble = {
  what: `${CROWD} objects are in a region that never answers`,
  factor: 2,
  latencies: [0],
  begin: (world) => {
    world.cloud.silentRegions.add(FAR_REGION);
    makeCrowd(world, scattered, (index) => ({
      ...specOn(FAR_LOAD_BALANCER, 1000 + index),
      regionId: FAR_REGION,
    }));
  },
  goOn: () => {},
  end: ({ cloud }) => {
    cloud.silentRegions.delete(FAR_REGION);
  },
};

/** The listener of another namespace, whose progress is measured. */
interface Victim {
  readonly key: ObjectKey;
  readonly port: number;
}

/** One step in the life of the victim: what a user does, and how it shows that it is done. */
interface Step {
  readonly what: string;
  begin(world: World, victim: Victim): void;
  isDone(world: World, victim: Victim): boolean;
}

const STEPS: readonly Step[] = [
  {
    what: 'creation',
    begin: ({ cluster }, { key, port }) => cluster.create(key, specOn('alb-two', port)),
    isDone: isReady,
  },
  {
    what: 'edit',
    begin: ({ cluster }, { key }) => cluster.edit(key, { requestTimeout: 90 }),
    isDone: isReady,
  },
  {
    what: 'deletion',
    begin: ({ cluster }, { key }) => cluster.delete(key),
    isDone: ({ cluster }, { key }) => cluster.get(key) === undefined,
  },
];

/**
 * A fair share: whatever one namespace does, a listener of another is created, edited and deleted within a small multiple
 * of the time that it takes alone. Judged in peace, when nothing else goes wrong. `undefined` where it holds.
 */
export async function judgeFairness(world: World): Promise<string | undefined> {
  if (world.cloud.goneForGood.has('alb-two') || world.keys.some((key) => world.cluster.isBeingSwept(key)))
    return undefined;
  const trouble = world.chance.oneOf(FLOOD, SILENT_REGION);
  world.cloud.latencyMs = world.chance.oneOf(...trouble.latencies);
  const alone = new Map<Step, number>();
  for (const step of STEPS) {
    const ms = await measure(world, { step, victim: ALONE, limitMs: LONGEST_MS, meanwhile: () => {} });
    if (ms === undefined) return `the ${step.what} of a listener takes more than ${LONGEST_MS} ms in peace`;
    alone.set(step, ms);
  }
  trouble.begin(world);
  world.tell(() => trouble.what);
  await world.rest(10_000);
  for (const step of STEPS) {
    const aloneMs = alone.get(step) ?? 0;
    const limitMs = trouble.factor * aloneMs + SLACK_MS;
    const ms = await measure(world, { step, victim: BESIDE, limitMs, meanwhile: () => trouble.goOn(world) });
    if (ms === undefined)
      return `the ${step.what} of a listener takes ${aloneMs} ms alone and more than ${limitMs} ms while ${trouble.what}`;
  }
  trouble.end(world);
  world.cloud.latencyMs = 0;
  return undefined;
}

interface Measurement {
  readonly step: Step;
  readonly victim: Victim;
  readonly limitMs: number;
  /** Called every `LOOK_EVERY_MS`. */
  readonly meanwhile: () => void;
}

/** How long the step takes; `undefined`: longer than the limit. */
async function measure(
  world: World,
  { step, victim, limitMs, meanwhile }: Measurement,
): Promise<number | undefined> {
  const since = world.timeline.monotonic();
  const elapsed = () => world.timeline.monotonic() - since;
  world.tell(() => `victim: ${step.what}`);
  step.begin(world, victim);
  while (!step.isDone(world, victim) && !world.watchers.hasFailed) {
    if (elapsed() > limitMs) return undefined;
    meanwhile();
    await world.rest(LOOK_EVERY_MS);
  }
  return elapsed();
}

function isReady({ cluster }: World, { key }: Victim): boolean {
  const raw = cluster.get(key);
  if (raw === undefined) return false;
  const object = readAlbListener(raw);
  const ready = conditionOf(object, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === object.generation;
}

function crowdIn(...namespaces: readonly string[]): readonly ObjectKey[] {
  return Array.from({ length: CROWD }, (_, index) =>
    objectKey(namespaces[index % namespaces.length], `crowd-${index}`),
  );
}

function makeCrowd({ cluster }: World, keys: readonly ObjectKey[], specOf: (index: number) => object): void {
  for (const [index, key] of keys.entries()) cluster.create(key, specOf(index));
}

function specOn(loadBalancerId: string, listenerPort: number): object {
  return {
    loadBalancerId,
    listenerProtocol: 'HTTP',
    listenerPort,
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
    ],
  };
}
