import { expect } from 'vitest';
import type { SimulatorControl } from '../../src/simulator/control-client.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import type { SceneCluster } from '../scenarios/scene-cluster.ts';
import type { StoredListener } from '../support/operator-world.ts';

/** One object of the victim and its listener, byte for byte. */
interface Snapshot {
  readonly object: StoredListener;
  readonly listener: Listener;
}

/** The namespace that is attacked: what it owns, and the proof that nothing of it was touched. */
export class Victim {
  readonly cluster: SceneCluster;
  readonly #cloud: SimulatorControl;
  readonly #words: readonly string[];
  readonly #isFlooded: boolean;
  readonly #snapshots = new Map<string, Snapshot>();
  /** The last call of the operator before the snapshots were taken. */
  #mark = 0;
  #everRan = false;
  #idleTimeout = 15;

  /** @param isFlooded whether the cloud, which remembers some thousand calls, may forget some meanwhile */
  constructor(
    cluster: SceneCluster,
    cloud: SimulatorControl,
    words: readonly string[],
    { isFlooded }: { readonly isFlooded: boolean },
  ) {
    this.#isFlooded = isFlooded;
    this.cluster = cluster;
    this.#cloud = cloud;
    this.#words = words;
  }

  /** Applies the spec, waits until its listener runs, and takes a snapshot of both. Resolves with the listener's id. */
  async runs(name: string, spec: object): Promise<string> {
    await this.cluster.apply(name, spec);
    return this.isReady(name);
  }

  /** Waits until the object is Ready and takes a snapshot of it and its listener. */
  async isReady(name: string): Promise<string> {
    const object = await this.cluster.untilReady(name);
    return this.snapshot(name, object);
  }

  async snapshot(name: string, object: StoredListener): Promise<string> {
    const { listeners, lastCall } = await this.#cloud.state();
    const listener = listeners.find(({ ListenerId }) => ListenerId === object.status.listenerId);
    if (listener === undefined) throw new Error(`${name} has no listener in the cloud.`);
    this.#snapshots.set(name, { object, listener });
    this.#mark = lastCall;
    this.#everRan = true;
    return listener.ListenerId;
  }

  /** Fails unless every object and every listener is as in its snapshot, and no write named one of them since. */
  async expectUntouched(): Promise<void> {
    expect(this.#everRan, 'the victim had a listener').toBe(true);
    const { listeners } = await this.#cloud.state();
    for (const [name, { object, listener }] of this.#snapshots) {
      expect(await this.cluster.get(name)).toEqual(object);
      expect(listeners.find(({ ListenerId }) => ListenerId === listener.ListenerId)).toEqual(listener);
    }
    expect(await this.#writesSince(this.#mark)).toEqual([]);
  }

  /** Fails unless an edit of every object reaches its listener, and nothing else in it changes. */
  async expectEditable(): Promise<void> {
    this.#idleTimeout += 1;
    const IdleTimeout = this.#idleTimeout;
    for (const [name, { listener }] of this.#snapshots) {
      await this.cluster.edit(name, { idleTimeout: IdleTimeout, suspend: null });
      expect(await this.isReady(name)).toBe(listener.ListenerId);
      expect(this.#snapshots.get(name)?.listener).toEqual({ ...listener, IdleTimeout });
    }
  }

  /** Fails unless every object goes when it is deleted, and its listener with it. */
  async expectDeletable(...only: readonly string[]): Promise<void> {
    const names = only.length > 0 ? only : [...this.#snapshots.keys()];
    if (names.length === 0) return;
    const ids = new Set(names.map((name) => this.#snapshots.get(name)?.listener.ListenerId));
    await this.cluster.delete(...names);
    for (const name of names) await this.cluster.untilGone(name);
    const { listeners } = await this.#cloud.state();
    expect(listeners.filter(({ ListenerId }) => ids.has(ListenerId))).toEqual([]);
    for (const name of names) this.#snapshots.delete(name);
  }

  /** What only the victim knows and the text says. The author of the text may repeat what is in `known`. */
  wordsIn(text: string, known: string): readonly string[] {
    const ids = [...this.#snapshots.values()].map(({ object }) => object.metadata.uid);
    return [...this.#words, ...ids].filter((word) => text.includes(word) && !known.includes(word));
  }

  async #writesSince(mark: number): Promise<readonly string[]> {
    const ids = new Set([...this.#snapshots.values()].map(({ listener }) => listener.ListenerId));
    const calls = await this.#cloud.calls(mark);
    const [oldest] = calls;
    if (!this.#isFlooded && oldest !== undefined && oldest.sequence > mark + 1) {
      throw new Error('The simulator has forgotten calls since the snapshot.');
    }
    return calls
      .filter(({ action }) => !/^(Get|List)/.test(action))
      .filter(({ parameters }) => Object.values(parameters).some((value) => ids.has(value)))
      .map(({ action, outcome }) => `${action}: ${outcome}`);
  }
}
