import type { CallRecord } from '../../src/simulator/call-log.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { CloudWrite } from './operators.ts';
import { INCARNATION_TAG, UID_TAG, uidOf } from './owner.ts';

/** Every call that ever reached the cloud, and what the cloud looked like in between. */
export class Ledger {
  readonly #calls: CallRecord[] = [];
  readonly #problems = new Set<string>();
  /** Of each listener the object for which it was made. */
  readonly #firstOwners = new Map<string, string>();

  /** Takes the calls out of the log of the cloud, which forgets the oldest; and looks at the cloud as it is. */
  take({ state }: Simulator): void {
    // A call that is not over yet goes on writing into its record.
    this.#calls.push(...state.calls.splice(0));
    const owners = new Map<string, string>();
    for (const listener of state.listeners.values()) {
      const { ListenerId } = listener;
      const uid = uidOf(listener);
      if (uid === undefined) continue;
      const other = owners.get(uid);
      if (other !== undefined) this.#problems.add(`${uid} has two listeners: ${other} and ${ListenerId}.`);
      owners.set(uid, ListenerId);
      const first = this.#firstOwners.get(ListenerId) ?? uid;
      this.#firstOwners.set(ListenerId, first);
      if (first !== uid) this.#problems.add(`Listener ${ListenerId} of ${first} was taken over by ${uid}.`);
    }
  }

  get calls(): readonly CallRecord[] {
    return this.#calls;
  }

  /** Calls that the cloud has not answered yet, the newest last. */
  inFlight(): readonly CallRecord[] {
    return this.#calls.slice(-200).filter(({ reached }) => reached === null);
  }

  creations(): number {
    return this.#created().length;
  }

  /** @param foreign ids of listeners that nobody may touch */
  problems(foreign: ReadonlySet<string>): readonly string[] {
    const seen = new Set<string>();
    for (const { parameters, effect } of this.#created()) {
      const tags = tagsOf(parameters);
      const creation = `${tags.get(UID_TAG)}, incarnation ${tags.get(INCARNATION_TAG)}`;
      if (seen.has(creation))
        this.#problems.add(`Created twice: ${creation} (${effect?.listenerIds.join()}).`);
      seen.add(creation);
    }
    for (const { action, effect } of this.#calls) {
      const touched = effect?.listenerIds.filter((id) => foreign.has(id)) ?? [];
      if (touched.length > 0)
        this.#problems.add(`${action} touched a listener of others: ${touched.join()}.`);
    }
    return [...this.#problems];
  }

  /** Writes that the operator made for one object to the listener of another. */
  trespasses(writes: readonly CloudWrite[]): readonly string[] {
    return writes.flatMap(({ key, uid, operation, listenerId = '', outcome }) => {
      const owner = this.#firstOwners.get(listenerId);
      if (owner === undefined || owner === uid) return [];
      return [
        `${operation} (${outcome}) for ${key} named listener ${listenerId}, which belongs to ${owner}.`,
      ];
    });
  }

  #created(): readonly CallRecord[] {
    return this.#calls.filter(({ effect }) => effect?.kind === 'created');
  }
}

/** The tags in a request: `Tag.1.Key`, `Tag.1.Value`, … */
function tagsOf(parameters: CallRecord['parameters']): ReadonlyMap<string, string> {
  const keys = Object.entries(parameters).filter(([name]) => /^Tag\.\d+\.Key$/.test(name));
  return new Map(keys.map(([name, key]) => [key, parameters[name.replace(/Key$/, 'Value')] ?? '']));
}
