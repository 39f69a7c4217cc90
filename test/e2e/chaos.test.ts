import { expect, it } from 'vitest';
import { runChaos } from '../chaos/chaos.ts';

it('survives ten kills in the middle of everything, and ends as users wish', async () => {
  const report = await runChaos({ kills: 10, seed: 1, say: (line) => console.log(line) });
  expect(report.violations).toEqual([]);
  expect(report.kills).toBe(10);
  expect(report.creations).toBeGreaterThan(10);
});
