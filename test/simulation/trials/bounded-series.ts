import { objectKey } from '../../../src/runtime/object.ts';
import { ROGUE_NAMESPACE } from '../cluster.ts';
import { keyOfCrowd, secretWith } from '../keys.ts';
import type { OperatorProcess } from '../operator-process.ts';
import type { World } from '../world.ts';

/** Accounts whose keys one namespace brings in each of two waves; more than are shown one by one. */
const WAVE = 25;
/** Long enough for each of them to be asked for something. */
const SETTLES_MS = 60_000;
/** Values that a label may gain by chance in that time: a code, a reason, an operation. */
const BY_CHANCE = 5;

/**
 * Metrics have no series for each value that users choose. `undefined` where that holds.
 *
 * A second wave of objects, each with an account and a load balancer of its own, adds no series.
 */
export async function judgeSeries(world: World): Promise<string | undefined> {
  await bringWave(world, 0);
  const before = await valuesOfLabels(world);
  await bringWave(world, WAVE);
  const after = await valuesOfLabels(world);
  for (const [label, values] of after) {
    const gained = [...values].filter((value) => before.get(label)?.has(value) !== true);
    if (gained.length > BY_CHANCE)
      return `${WAVE} more accounts give the label ${label} ${gained.length} new values, the first ${gained[0]}`;
  }
  return undefined;
}

async function bringWave(world: World, from: number): Promise<void> {
  for (let index = from; index < from + WAVE; index += 1) {
    const key = objectKey(ROGUE_NAMESPACE, `account-${index}`);
    world.cluster.setSecret(key, secretWith(keyOfCrowd(index)));
    world.cluster.create(key, {
      loadBalancerId: `alb-nowhere${index}`,
      listenerProtocol: 'HTTP',
      listenerPort: 1000 + index,
      credentialsSecretRef: { name: `account-${index}` },
      defaultActions: [
        { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: 'sgp-web' }] } },
      ],
    });
  }
  world.tell(() => `${WAVE} objects, each of an account of its own`);
  await world.rest(SETTLES_MS);
}

/** Of all processes together. */
async function valuesOfLabels({ processes }: World): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const all = new Map<string, Set<string>>();
  for (const { name, value } of (await Promise.all(processes.living.map(labelsOf))).flat())
    all.set(name, (all.get(name) ?? new Set()).add(value));
  return all;
}

async function labelsOf(process: OperatorProcess) {
  const { samples } = await process.scrape();
  return samples.flatMap(({ labels }) => Object.entries(labels).map(([name, value]) => ({ name, value })));
}
