import { describe, expect, it } from 'vitest';
import { STEPS } from './history.ts';
import { huntOnRecord, lineOf } from './hunt.ts';
import { mutations } from './mutations.ts';

/** Where a change of the simulation has made another history of the seed on record. */
const MOST_SEEDS = 2000;
/** Only ends a hunt that hangs: so many histories take some ten minutes on two processors. */
const HUNT_MS = 3_600_000;

/** What else must be shown to be guarded than the promises of the operator. */
const SUBJECTS = [
  'takeover',
  'references',
  'squatting',
  'regions',
  'silent-region',
  'priorities',
  'series',
  'orphans',
  'memory-only-id',
  'trailing-reads',
  'gone-for-good',
  'stop',
  'endless-list',
  'paging',
  'restore',
  'open-to-everyone',
  'places',
] as const;

describe('the simulation finds planted defects', () => {
  it('has at least fifteen of them, each with a name of its own', () => {
    expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
    expect(mutations.length).toBeGreaterThanOrEqual(15);
  });

  it.each(SUBJECTS)('has one that breaks %s', (subject) => {
    expect(mutations.filter(({ breaks }) => breaks === subject)).not.toEqual([]);
  });

  it.each(mutations)('$name', { timeout: HUNT_MS }, async (mutation) => {
    const find = await huntOnRecord(mutation, { seeds: MOST_SEEDS, steps: STEPS });
    process.stdout.write(`${lineOf(find)}\n`);
    expect(find.seed, 'the first seed that shows the defect').toBeDefined();
  });
});
