import type { Again } from './decision.ts';
import { policiesOf } from './policies.ts';
import type { NextStep, Pace } from './ports.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';

/** So many polls in a row have the usual pause; after them each pause is longer than the one before. */
const STEADY_POLLS = 3;
const GROWTH = 1.4;

interface Row {
  readonly of: string;
  polls: number;
  /** Whether a look was taken at once already. */
  hurried: boolean;
}

/**
 * Counts the polls of each object since it was last at rest or edited.
 *
 * What the cloud shows may trail behind what it answered, for minutes. A look that follows a write at once, or every two
 * seconds, would then see the same and write again, at the full budget. So only the first look is taken at once, and the
 * pauses between polls grow: 9 polls in the first minute, 5 in the next four.
 */
export class Polls {
  readonly #rows = new Map<string, Row>();

  /** Milliseconds until the next poll. */
  next(object: AlbListener, { poll, slow }: Pick<Pace, 'poll' | 'slow'>): number {
    const row = this.#rowOf(object);
    row.polls += 1;
    return Math.min(poll * GROWTH ** Math.max(0, row.polls - STEADY_POLLS), slow);
  }

  /** Whether the next look may be taken at once. */
  mayHurry(object: AlbListener): boolean {
    const row = this.#rowOf(object);
    const { hurried } = row;
    row.hurried = true;
    return !hurried;
  }

  forget(key: ObjectKey): void {
    this.#rows.delete(formatKey(key));
  }

  #rowOf({ key, uid, generation }: AlbListener): Row {
    const at = formatKey(key);
    const of = `${uid}/${generation}`;
    const known = this.#rows.get(at);
    if (known?.of === of) return known;
    const row = { of, polls: 0, hurried: false };
    this.#rows.set(at, row);
    return row;
  }
}

export interface Timetable {
  readonly polls: Polls;
  readonly pace: Pace;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

/** When the controller shall come back to the object. */
export function nextStep(object: AlbListener, again: Again, { polls, pace, random }: Timetable): NextStep {
  switch (again.when) {
    case 'now':
      return { next: 'poll', ms: polls.mayHurry(object) ? 0 : polls.next(object, pace) };
    case 'onward':
      return { next: 'onward' };
    case 'poll':
      return { next: 'poll', ms: polls.next(object, pace) };
    case 'after':
      return { next: 'poll', ms: again.ms };
    case 'backoff':
      return { next: 'retry' };
    case 'soon':
      return { next: 'poll', ms: spread(pace.busy, random) };
    case 'slowly':
      polls.forget(object.key);
      return { next: 'after', ms: spread(pace.slow, random) };
    case 'onEdit':
    case 'resync':
      polls.forget(object.key);
      return { next: 'after', ms: spread(policiesOf(object.spec).syncInterval ?? pace.resync, random) };
  }
}

/** Up to a fifth more or less, so that hundreds of resources that began together do not stay together. */
function spread(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}
