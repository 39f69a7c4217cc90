import { createHash } from 'node:crypto';
import type { Difference } from './difference.ts';
import type { Facts } from './facts.ts';

export type Convergence = NonNullable<Facts['convergence']>;

/** After so many accepted updates that left the same difference, another one would not help either. */
const UPDATES_BEFORE_GIVING_UP = 3;

/** What the same differences have in common, whatever their order. */
function digestOf(differences: readonly Difference[]): string {
  const lines = differences.map((difference) => JSON.stringify(difference)).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32);
}

/** The count after one more accepted update for these differences. */
export function counted(before: Convergence | undefined, differences: readonly Difference[]): Convergence {
  const difference = digestOf(differences);
  return { difference, updates: before?.difference === difference ? before.updates + 1 : 1 };
}

/** Whether the cloud accepts updates for these differences and never follows. */
export function isInVain(before: Convergence | undefined, differences: readonly Difference[]): boolean {
  return before?.difference === digestOf(differences) && before.updates >= UPDATES_BEFORE_GIVING_UP;
}
