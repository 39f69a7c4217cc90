import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import type { Listener } from '../../src/simulator/listener.ts';
import { httpSpec, type OperatorWorld } from './operator-world.ts';
import { parseScrape, valueOf } from './prometheus-text.ts';

const NAME = 'bystander';
const LONGEST_LINE_BYTES = 16 * 1024;
/** Words of ours, codes of the cloud, numbers, an address: nothing that an author of manifests can write freely. */
const LABEL = /^[\w.:<>+-]{0,80}$/;
/** Far more than there are, far fewer than one for each object. */
const MOST_SAMPLES = 2000;

/** A listener that has nothing to do with what is done to others beside it. */
export class Bystander {
  readonly #world: OperatorWorld;
  /** As the cloud had it before anything was done to anybody. */
  readonly #before: Listener;
  #edits = 0;

  private constructor(world: OperatorWorld, before: Listener) {
    this.#world = world;
    this.#before = before;
  }

  static async join(world: OperatorWorld): Promise<Bystander> {
    await world.apply(NAME, specWith(15));
    const { status } = await world.untilReady(NAME);
    const listener = await listenerOf(world, status.listenerId);
    if (listener === undefined) throw new Error('The bystander is Ready without a listener.');
    return new Bystander(world, listener);
  }

  get listenerId(): string {
    return this.#before.ListenerId;
  }

  /**
   * Fails unless an edit of it still comes through, to the letter, and the operator is as it should be: no reconcile has
   * thrown, what it tells stays small, and nobody's words have become labels of its metrics.
   */
  async expectUnharmed(): Promise<void> {
    this.#edits += 1;
    const IdleTimeout = 15 + this.#edits;
    await this.#world.apply(NAME, specWith(IdleTimeout));
    const { status } = await this.#world.untilReady(NAME);
    expect(await listenerOf(this.#world, status.listenerId)).toEqual({ ...this.#before, IdleTimeout });

    const { operator } = this.#world;
    const { lines } = operator;
    expect(lines.filter((line) => /threw|heap out of memory/.test(line))).toEqual([]);
    const long = lines.filter((line) => Buffer.byteLength(line) > LONGEST_LINE_BYTES);
    expect(long.map((line) => `${Buffer.byteLength(line)} bytes: ${line.slice(0, 300)}`)).toEqual([]);
    const scrape = parseScrape(await (await operator.page('/metrics')).text());
    expect(valueOf(scrape, 'controller_runtime_reconcile_panics_total')).toBe(0);
    expect(scrape.samples.length).toBeLessThan(MOST_SAMPLES);
    const labels = new Set(scrape.samples.flatMap((sample) => Object.values(sample.labels)));
    expect([...labels].filter((label) => !LABEL.test(label))).toEqual([]);
  }
}

function specWith(idleTimeout: number): object {
  const tags = [{ key: 'whose', value: 'of nobody here' }];
  return httpSpec({ loadBalancerId: 'alb-two', listenerDescription: NAME, idleTimeout, tags });
}

async function listenerOf(world: OperatorWorld, listenerId?: string): Promise<Listener | undefined> {
  return (await world.listeners()).find(({ ListenerId }) => ListenerId === listenerId);
}
