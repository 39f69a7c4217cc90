import type { AlbListenerStatus } from './schema/status.ts';

/**
 * The part of the status that is the operator's memory: what was begun in the cloud and what came of it. The rest
 * of the status is derived for people and can always be computed again.
 */
export interface Facts {
  readonly listenerId?: string;
  readonly loadBalancerId?: string;
  readonly creation?: NonNullable<AlbListenerStatus['creation']>;
  readonly operation?: NonNullable<AlbListenerStatus['operation']>;
}

export function factsOf(status: AlbListenerStatus): Facts {
  const { listenerId, loadBalancerId, creation, operation } = status;
  return {
    ...(listenerId !== undefined && { listenerId }),
    ...(loadBalancerId !== undefined && { loadBalancerId }),
    ...(creation !== undefined && { creation }),
    ...(operation !== undefined && { operation }),
  };
}

export function withoutOperation({ operation, ...facts }: Facts): Facts {
  return facts;
}
