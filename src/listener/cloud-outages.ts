import type { Acted } from './act.ts';
import type { Decision } from './decision.ts';
import { describeError } from './error-policy.ts';
import type { Cluster, Log } from './ports.ts';
import { type AlbListener, formatKey, type ObjectKey } from './resource.ts';

/** How long an object gets no answer before it records an event. */
const EVENT_AFTER_MS = 5 * 60_000;
/** The most objects of a namespace that record an event about one host within the window. */
const MOST_EVENTS = 10;
const WINDOW_MS = 60 * 60_000;

/** Of one object. */
interface Outage {
  readonly uid: string;
  readonly since: number;
  /** `silent`: enough others of the namespace have recorded one. */
  event: 'due' | 'recorded' | 'silent';
}

/** What an attempt showed about the way to the cloud. */
type Contact =
  | { readonly contact: 'lost'; readonly host: string; readonly message: string; readonly isSaid: boolean }
  | { readonly contact: 'kept' }
  | { readonly contact: 'unknown' };

export interface OutageTools {
  readonly cluster: Pick<Cluster, 'recordEvent'>;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * Objects whose calls get no answer from the cloud.
 *
 * Each of them is worth one line of the log when that begins, a warning event after five minutes, and a line when it is
 * over. A dead endpoint concerns all objects that use it, so only the first ten of a namespace record an event about it;
 * the conditions of all say the same. In memory only: a process that starts anew counts anew.
 */
export class CloudOutages {
  readonly #outages = new Map<string, Outage>();
  /** When objects recorded an event, by namespace and host. */
  readonly #recorded = new Map<string, readonly number[]>();

  /** Records what an attempt showed, and logs what is new in it. */
  note(object: AlbListener, decision: Decision, acted: Acted, tools: OutageTools): void {
    const contact = contactIn(decision, acted);
    switch (contact.contact) {
      case 'unknown':
        return;
      case 'kept':
        if (this.#outages.get(formatKey(object.key))?.event === 'recorded')
          tools.log.info({ key: formatKey(object.key) }, 'the cloud answers again');
        this.forget(object.key);
        return;
      case 'lost':
        this.#noteLost(object, contact, tools);
    }
  }

  forget(key: ObjectKey): void {
    this.#outages.delete(formatKey(key));
  }

  #noteLost(
    object: AlbListener,
    { host, message, isSaid }: Extract<Contact, { contact: 'lost' }>,
    { cluster, log, now }: OutageTools,
  ): void {
    const at = formatKey(object.key);
    const fields = { key: at, unansweredBy: host };
    const known = this.#outages.get(at);
    if (known?.uid !== object.uid) {
      this.#outages.set(at, { uid: object.uid, since: now(), event: 'due' });
      if (!isSaid) log.warn(fields, `${message} The status stands.`);
      return;
    }
    if (known.event !== 'due' || now() - known.since < EVENT_AFTER_MS) return;
    known.event = this.#takeRoom(object.key.namespace, host, now()) ? 'recorded' : 'silent';
    if (known.event === 'silent') return;
    const note = `${message} This has lasted for five minutes.`;
    log.warn(fields, note);
    cluster.recordEvent(object, { type: 'Warning', reason: 'CloudUnavailable', action: 'Reconcile', note });
  }

  #takeRoom(namespace: string, host: string, now: number): boolean {
    for (const [at, times] of this.#recorded) {
      if (times.every((time) => now - time >= WINDOW_MS)) this.#recorded.delete(at);
    }
    const at = `${namespace}/${host}`;
    const times = (this.#recorded.get(at) ?? []).filter((time) => now - time < WINDOW_MS);
    if (times.length >= MOST_EVENTS) return false;
    this.#recorded.set(at, [...times, now]);
    return true;
  }
}

function contactIn(decision: Decision, acted: Acted): Contact {
  if (decision.do === 'keepStatus') {
    const { error } = decision;
    if (error === undefined) return { contact: 'kept' };
    const { unansweredBy: host } = error;
    return host === undefined
      ? { contact: 'unknown' }
      : { contact: 'lost', host, message: describeError(error), isSaid: false };
  }
  if (acted.after !== 'summarise') return { contact: 'unknown' };
  const { unansweredBy: host, message, reason } = acted.finding;
  if (host !== undefined) return { contact: 'lost', host, message, isSaid: true };
  // Our own limits: nothing was asked.
  return { contact: reason === 'Throttled' || reason === 'LoadBalancerBusy' ? 'unknown' : 'kept' };
}
