import { z } from 'zod';
import { collectionPath } from '../../../src/runtime/kubernetes/resource-type.ts';

const recorded = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  type: z.string(),
  reason: z.string(),
  note: z.string(),
  regarding: z.looseObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  series: z.looseObject({ count: z.number() }).exactOptional(),
});

export type RecordedEvent = z.infer<typeof recorded>;

const EVENTS_MAX = 1000;
const [ROOT = '', TAIL = ''] = collectionPath(
  { group: 'events.k8s.io', version: 'v1', plural: 'events' },
  '*',
).split('*');

/** The newest Events (events.k8s.io/v1) that were told of. Nobody lists or watches them here. */
export class EventLog {
  readonly #events: RecordedEvent[] = [];

  get events(): readonly RecordedEvent[] {
    return this.#events;
  }

  static serves(path: string): boolean {
    return path.startsWith(ROOT) && path.includes(TAIL);
  }

  /** False for what is no Event. */
  add(body: unknown): boolean {
    const { data } = recorded.safeParse(body);
    if (data === undefined) return false;
    this.#events.push(data);
    if (this.#events.length > EVENTS_MAX) this.#events.shift();
    return true;
  }

  /** Counts up a series. False for an Event that is not there, or not any more. */
  count(path: string, body: unknown): boolean {
    const name = path.split('/').at(-1);
    const place = this.#events.findIndex(({ metadata }) => metadata.name === name);
    const event = this.#events[place];
    const { data } = recorded.pick({ series: true }).safeParse(body);
    if (event === undefined || data === undefined) return false;
    this.#events[place] = { ...event, ...data };
    return true;
  }
}
