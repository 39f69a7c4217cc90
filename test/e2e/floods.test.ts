import { describe, expect, it } from 'vitest';
import { Arena } from '../tenants/arena.ts';
import { FLOOD_SETTINGS, FLOODS } from '../tenants/floods.ts';

// How much longer than alone the victim has to wait is measured by test/scale, on simulated time. Here nothing is
// blocked: a creation, an edit and a deletion come through while the flood goes on.
describe('a namespace does another no harm by a flood when it', () => {
  it.each(FLOODS.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    await using arena = await Arena.open({ isFlooded: true, environment: FLOOD_SETTINGS });
    const attack = await arena.attack(row);
    await row.run(attack);
    await expect(attack.judge()).resolves.toBeUndefined();
  });
});
