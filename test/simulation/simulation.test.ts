import { describe, expect, it } from 'vitest';
import { runHistory, STEPS } from './history.ts';
import { runPool } from './pool.ts';
import { regressions } from './regressions.ts';
import { Summary } from './summary.ts';

/** Some ninety seconds on two idle cores; `npm run simulate` runs as many as you like. */
const SEEDS = 400;
/** Only ends a history that hangs. */
const HISTORIES_MS = 3_600_000;
const FIRST_SEED = Number(process.env['SEED'] ?? 1);

describe('the whole operator under every fault', { timeout: HISTORIES_MS }, () => {
  it(`keeps its promises and comes to rest, in ${SEEDS} histories of ${STEPS} steps`, async () => {
    const summary = new Summary();
    await runPool({
      from: FIRST_SEED,
      seeds: SEEDS,
      steps: STEPS,
      take: (outcome) => {
        summary.add(outcome);
        return true;
      },
    });
    expect(summary.failures).toEqual([]);
    const { faults, crashes } = summary.report(1);
    // A simulation in which nothing goes wrong proves nothing.
    expect(faults).toBeGreaterThan(50 * SEEDS);
    expect(crashes).toBeGreaterThan(10 * SEEDS);
    process.stdout.write(`Simulated ${SEEDS} histories: ${faults} faults, ${crashes} waits cut by a crash\n`);
  });

  it.each(regressions)('seed $seed: $reason', async ({ seed }) => {
    const { violation } = await runHistory({ seed, steps: STEPS });
    expect(violation).toBeUndefined();
  });

  it('tells the same story for the same seed, byte for byte', async () => {
    for (const seed of [7, 70, 700]) {
      const first = await traceOf(seed);
      expect(first.length).toBeGreaterThan(10_000);
      expect(await traceOf(seed)).toBe(first);
    }
  });

  it('tells different stories for different seeds', async () => {
    expect(await traceOf(8)).not.toBe(await traceOf(9));
  });
});

async function traceOf(seed: number): Promise<string> {
  const lines: string[] = [];
  await runHistory({ seed, steps: STEPS, trace: (line) => lines.push(line) });
  return lines.join('\n');
}
