import { z } from 'zod';
import { REASONS } from '../listener/reason.ts';
import { PHASES } from '../listener/schema/status.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { StoreListener } from '../runtime/store.ts';

/** Before the operator has said anything about an object. */
const NEW = 'New';

interface Standing {
  readonly phase: string;
  readonly reason: string;
  readonly drifted: boolean;
}

/** Anyone may write anything into a status: only words that are known become labels. */
const standingSchema = z
  .object({
    phase: z.enum(PHASES).optional().catch(undefined),
    drift: z.array(z.unknown()).optional().catch(undefined),
    conditions: z.array(z.object({ type: z.string(), reason: z.string() })).catch([]),
  })
  .catch({ conditions: [] });

/**
 * How many objects stand where, counted along with each change of the store rather than at each scrape. Subscribe it
 * before the store is filled.
 */
export class Census {
  readonly #phases = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  #drifted = 0;

  /** All that there may be, those without any object too. */
  get phases(): ReadonlyMap<string, number> {
    return new Map([NEW, ...PHASES].map((phase) => [phase, this.#phases.get(phase) ?? 0]));
  }

  get reasons(): readonly { readonly reason: string; readonly stance: string; readonly count: number }[] {
    const known = Object.entries(REASONS).map(([reason, { stance }]) => ({ reason, stance }));
    return [{ reason: NEW, stance: 'new' }, ...known].map((entry) => ({
      ...entry,
      count: this.#reasons.get(entry.reason) ?? 0,
    }));
  }

  get drifted(): number {
    return this.#drifted;
  }

  readonly follow: StoreListener = (change) => {
    if (change.type === 'updated') this.#count(standingOf(change.previous), -1);
    this.#count(standingOf(change.object), change.type === 'deleted' ? -1 : 1);
  };

  #count({ phase, reason, drifted }: Standing, by: 1 | -1): void {
    this.#phases.set(phase, (this.#phases.get(phase) ?? 0) + by);
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + by);
    if (drifted) this.#drifted += by;
  }
}

function standingOf({ status }: KubeObject): Standing {
  const { phase = NEW, drift = [], conditions } = standingSchema.parse(status);
  const ready = conditions.find(({ type }) => type === 'Ready')?.reason;
  const reason = ready !== undefined && Object.hasOwn(REASONS, ready) ? ready : NEW;
  return { phase, reason, drifted: drift.length > 0 };
}
