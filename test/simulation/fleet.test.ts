import { describe, expect, it } from 'vitest';
import { formatKey } from '../../src/listener/resource.ts';
import { conditionOf } from '../../src/listener/summary.ts';
import { Fleet } from './fleet.ts';

const SEEDS = 150;
const STEPS = 1000;
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

/** What holds for every history, once faults and users have come to rest. */
function faultsFoundIn(fleet: Fleet): readonly string[] {
  const found = [...fleet.violations];
  if (!fleet.foreignUntouched) found.push('the listener of a stranger was touched');

  const living = fleet.cluster.keys().flatMap((key) => fleet.cluster.get(key) ?? []);
  for (const object of living) {
    const key = formatKey(object.key);
    const listeners = fleet.listenersOf(object.uid);
    const ready = conditionOf(object, 'Ready');
    if (object.beingDeleted) found.push(`${key} was never released`);
    else if (fleet.claimsPortOfStranger(object)) {
      if (ready?.reason !== 'PortTaken')
        found.push(`${key} says ${ready?.reason} of a port that a stranger holds`);
      if (listeners.length > 0) found.push(`${key} has a listener although its port is taken`);
    } else if (ready?.status !== 'True' || ready.observedGeneration !== object.generation) {
      found.push(`${key} came to rest as ${ready?.reason}: ${ready?.message}`);
    } else if (listeners.length !== 1 || listeners[0]?.ListenerId !== object.status.listenerId) {
      found.push(`${key} has ${listeners.length} listeners, its status names ${object.status.listenerId}`);
    }
  }

  const tokens = new Map<string, string>();
  for (const { action, parameters } of fleet.simulator.state.calls) {
    const incarnation = `${parameters['Tag.1.Value']} ${parameters['Tag.4.Value']}`;
    const token = parameters['ClientToken'];
    if (action !== 'CreateListener' || token === undefined) continue;
    if ((tokens.get(incarnation) ?? token) !== token) found.push(`incarnation ${incarnation} had two tokens`);
    tokens.set(incarnation, token);
  }

  const uids = new Set(living.map(({ uid }) => uid));
  for (const { ListenerId, Tags } of fleet.simulator.state.listeners.values()) {
    const owner = Tags.find(({ Key }) => Key === 'alb-listener-operator/uid')?.Value;
    if (owner !== undefined && !uids.has(owner)) found.push(`${ListenerId} was left behind by ${owner}`);
  }
  return found;
}

describe('a fleet under faults', () => {
  it(`keeps its promises and comes to rest, in ${SEEDS} histories of ${STEPS} steps`, {
    timeout: 120_000,
  }, async () => {
    const failures: string[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      const fleet = new Fleet(seed);
      for (let step = 0; step < STEPS; step += 1) await fleet.step();
      await fleet.settle(20 * 60_000);
      for (const fault of faultsFoundIn(fleet)) failures.push(`seed ${seed}: ${fault}`);
    }
    expect(failures).toEqual([]);
  });
});
