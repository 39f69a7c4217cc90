import { z } from 'zod';
import type { SimulatorControl, TrueState } from '../../src/simulator/control-client.ts';
import type { ApiGet } from '../control-plane/api-get.ts';
import type { CloudRow, EventRow, ListenerRow, Snapshot } from './happening.ts';
import { LOAD_BALANCER } from './inventory.ts';

const metadata = z.object({ name: z.string(), namespace: z.string().default('default') });

const listenerSchema = z.object({
  metadata,
  spec: z.object({ listenerProtocol: z.string(), listenerPort: z.int() }),
  status: z
    .object({
      phase: z.string().default(''),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.enum(['True', 'False', 'Unknown']),
            reason: z.string(),
            message: z.string(),
          }),
        )
        .default([]),
    })
    .default({ phase: '', conditions: [] }),
});

const eventSchema = z.object({
  metadata: z.object({ creationTimestamp: z.string() }),
  regarding: z.object({ kind: z.string(), name: z.string().default('') }).default({ kind: '', name: '' }),
  reason: z.string().default(''),
  note: z.string().default(''),
  type: z.string().default('Normal'),
  eventTime: z.string().nullish(),
  series: z.object({ lastObservedTime: z.string() }).nullish(),
});

type ListenerInCloud = TrueState['listeners'][number];

/** Reads the listeners of the cluster and of the cloud; rejects when one of them does not answer. */
export async function takeSnapshot(get: ApiGet, cloud: SimulatorControl, now: number): Promise<Snapshot> {
  const [listeners, events, state] = await Promise.all([
    get('/apis/alb.alibabacloud.com/v1alpha1/alblisteners'),
    get('/apis/events.k8s.io/v1/events'),
    cloud.state(),
  ]);
  return {
    listeners: itemsOf(listenerSchema, listeners).map(listenerRow),
    cloud: onLoadBalancer(state).map(cloudRow),
    events: eventRows(itemsOf(eventSchema, events), now),
  };
}

export function onLoadBalancer(state: TrueState): readonly ListenerInCloud[] {
  return state.listeners.filter((listener) => listener.LoadBalancerId === LOAD_BALANCER);
}

function itemsOf<T extends z.ZodType>(schema: T, list: unknown): z.output<T>[] {
  return z.object({ items: z.array(schema) }).parse(list).items;
}

function listenerRow({ metadata, spec, status }: z.output<typeof listenerSchema>): ListenerRow {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return {
    name: metadata.namespace === 'default' ? metadata.name : `${metadata.namespace}/${metadata.name}`,
    port: `${spec.listenerProtocol}:${spec.listenerPort}`,
    phase: status.phase,
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? '',
    message: ready?.message ?? '',
  };
}

function cloudRow(listener: ListenerInCloud): CloudRow {
  const groups = listener.DefaultActions.flatMap(
    ({ ForwardGroupConfig }) => ForwardGroupConfig?.ServerGroupTuples ?? [],
  );
  return {
    id: listener.ListenerId,
    port: `${listener.ListenerProtocol}:${listener.ListenerPort}`,
    status: listener.ListenerStatus,
    forwardsTo: groups.map(({ ServerGroupId }) => ServerGroupId).join(', '),
  };
}

function eventRows(events: readonly z.output<typeof eventSchema>[], now: number): readonly EventRow[] {
  return events
    .filter(({ regarding }) => regarding.kind === 'AlbListener')
    .map((event) => ({ event, at: Date.parse(timeOf(event)) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ event, at }) => ({
      ageSeconds: Math.max(0, Math.round((now - at) / 1000)),
      object: event.regarding.name,
      isWarning: event.type === 'Warning',
      reason: event.reason,
      message: event.note,
    }));
}

/** When it happened last. */
function timeOf({ series, eventTime, metadata }: z.output<typeof eventSchema>): string {
  return series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp;
}
