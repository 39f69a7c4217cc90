import { z } from 'zod';
import { type ConfigMapSource, configMapSource } from './schema/references.ts';

const tuples = z.array(z.object({ serverGroupIdFrom: configMapSource.optional().catch(undefined) }));
const specLinks = z.object({
  loadBalancerIdFrom: configMapSource.optional().catch(undefined),
  credentialsSecretRef: z.object({ name: z.string() }).optional().catch(undefined),
  defaultActions: z
    .array(z.object({ forwardGroupConfig: z.object({ serverGroupTuples: tuples }) }))
    .catch([]),
  quicConfig: z
    .object({
      quicListenerId: z.string().optional().catch(undefined),
      quicListenerRef: z.object({ name: z.string() }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});
const id = z.string().optional().catch(undefined);
const observedQuicConfig = z
  .object({ quicUpgradeEnabled: z.boolean().optional().catch(undefined), quicListenerId: id })
  .optional()
  .catch(undefined);
const statusLinks = z.object({
  listenerId: id,
  loadBalancerId: id,
  creation: z.object({ unsettledAt: id }).optional().catch(undefined),
  observed: z.object({ quicConfig: observedQuicConfig }).optional().catch(undefined),
});

/** What a resource has to do with others, read from a spec and a status that may break rules. */
export interface Links {
  /** The listener it has. */
  readonly listenerId: string | undefined;
  /** Whether that listener was seen to run, which is when others can refer to it. */
  readonly isObserved: boolean;
  /** See `standingOn`. */
  readonly standingOn: string | undefined;
  /** Where its load balancer is named, if not in the spec. */
  readonly loadBalancerIdFrom: ConfigMapSource | undefined;
  /** ConfigMaps of its namespace that it takes ids from, by name. */
  readonly configMaps: readonly string[];
  /** Their keys that it takes, by the name of the ConfigMap. */
  readonly configMapKeys: readonly { readonly name: string; readonly key: string }[];
  /** Secret of its namespace that holds its credentials. */
  readonly secretName: string | undefined;
  /** AlbListener of its namespace to whose listener it sends its clients on. */
  readonly quicListenerName: string | undefined;
  /** Ids of listeners to which it sends its clients on: the declared one, and the one the cloud was last seen to have. */
  readonly quicListenerIds: readonly string[];
}

export function linksOf(spec: unknown, status: unknown): Links {
  const declared = specLinks.safeParse(spec).data;
  const memory: z.infer<typeof statusLinks> = statusLinks.safeParse(status).data ?? {};
  const serverGroups = declared?.defaultActions.flatMap(({ forwardGroupConfig }) =>
    forwardGroupConfig.serverGroupTuples.map(({ serverGroupIdFrom }) => serverGroupIdFrom),
  );
  // The cloud may remember the id of a listener that it sends nobody on to any more.
  const { quicUpgradeEnabled, quicListenerId } = memory.observed?.quicConfig ?? {};
  const sources = [declared?.loadBalancerIdFrom, ...(serverGroups ?? [])];
  const configMapKeys = sources
    .filter((source) => source !== undefined)
    .map((source) => source.configMapKeyRef);
  return {
    listenerId: memory.listenerId,
    isObserved: memory.observed !== undefined,
    standingOn: standingOn(memory),
    loadBalancerIdFrom: declared?.loadBalancerIdFrom,
    configMaps: distinct(configMapKeys.map(({ name }) => name)),
    configMapKeys,
    secretName: declared?.credentialsSecretRef?.name,
    quicListenerName: declared?.quicConfig?.quicListenerRef?.name,
    quicListenerIds: distinct([
      declared?.quicConfig?.quicListenerId,
      quicUpgradeEnabled === false ? undefined : quicListenerId,
    ]),
  };
}

/** The load balancer on which the resource has, or may have, a listener; `undefined` where it can have none. */
export function standingOn({ listenerId, loadBalancerId, creation }: Memory): string | undefined {
  return mayStand({ listenerId, creation }) ? loadBalancerId : undefined;
}

/** Whether the resource has, or may have, a listener. */
export function mayStand({ listenerId, creation }: Memory): boolean {
  return listenerId !== undefined || creation?.unsettledAt !== undefined;
}

interface Memory {
  readonly listenerId?: string | undefined;
  readonly loadBalancerId?: string | undefined;
  readonly creation?: { readonly unsettledAt?: string | undefined } | undefined;
}

function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))];
}
