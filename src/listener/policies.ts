import { z } from 'zod';
import { syncIntervalMs } from './schema/sync-interval.ts';

const fields = z.object({
  suspend: z.boolean().optional().catch(undefined),
  reconcilePolicy: z.string().optional().catch(undefined),
  deletionPolicy: z.string().optional().catch(undefined),
  adopt: z.unknown().optional(),
  syncInterval: z.string().optional().catch(undefined),
});

/** What the user wants of the operator, read from a spec that may break rules elsewhere. */
export interface Policies {
  /** Nothing is read or written in the cloud. */
  readonly suspended: boolean;
  /** The cloud is only read. */
  readonly observes: boolean;
  /** The listener stays when the resource goes. */
  readonly retains: boolean;
  /** An existing listener shall be taken over, and none created. */
  readonly adopts: boolean;
  /** Milliseconds between two looks at a listener at rest, where the spec says so. */
  readonly syncInterval: number | undefined;
}

export function policiesOf(spec: unknown): Policies {
  const { data } = fields.safeParse(spec);
  const observes = data?.reconcilePolicy === 'Observe' || data?.reconcilePolicy === 'DryRun';
  return {
    suspended: data?.suspend === true,
    observes,
    retains: observes || data?.deletionPolicy === 'Retain',
    adopts: data?.adopt !== undefined && data.adopt !== null,
    syncInterval: data?.syncInterval === undefined ? undefined : syncIntervalMs(data.syncInterval),
  };
}
