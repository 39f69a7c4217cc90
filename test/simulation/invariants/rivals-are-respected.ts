import { type Cloud, type CloudCall, ownerOf } from '../cloud.ts';
import { ROGUE_NAMESPACE } from '../cluster.ts';
import { canCreate, claimOf, type Declaration } from '../declared.ts';
import { type Life, ownerIn, type Records } from '../records.ts';
import { HINDSIGHT_MS } from './hindsight.ts';
import type { Invariant } from './invariant.ts';

/**
 * The port is for the one that came first: no listener is created or adopted for a resource while an older one, which can
 * and will create, has claimed the same port all the time.
 */
export class RivalsAreRespected implements Invariant {
  readonly name = 'rivals are respected';
  readonly #records: Records;
  readonly #cloud: Cloud;

  constructor(records: Records, cloud: Cloud) {
    this.#records = records;
    this.#cloud = cloud;
  }

  judgeCall({ operation, parameters, effect, before }: CloudCall): string | undefined {
    const isCreation = effect?.kind === 'created';
    const isAdoption = operation === 'TagResources' && before !== undefined && ownerOf(before) === undefined;
    if (effect === null || !(isCreation || isAdoption)) return undefined;
    const life = this.#records.lives.get(ownerIn(parameters) ?? '');
    if (life === undefined || life.wiped || this.#hadListener(life)) return undefined;
    // What cannot create for long has no claim any more, and this one may have begun meanwhile.
    if (this.#cloud.key.wasWrong) return undefined;
    // So it is with one that was told that its load balancer does not exist: it looks again only after minutes.
    const loadBalancerId = before?.LoadBalancerId ?? parameters['LoadBalancerId'];
    if (loadBalancerId !== undefined && this.#cloud.wereMissing.has(loadBalancerId)) return undefined;
    const rival = this.#records.living.find((other) => this.#comesFirst(other, life));
    return rival && `${nameOf(life)} gets a listener on the port that ${nameOf(rival)} has claimed before`;
  }

  #comesFirst(other: Life, life: Life): boolean {
    if (isRogue(other) && isRogue(life)) return false;
    if (other === life || other.wiped || other.lied || !isOlder(other, life)) return false;
    if (other.object.metadata.deletionTimestamp !== undefined) return false;
    // It claims the port again as soon as its next look finds the cloud open.
    if (this.#records.wasForbidden(other, this.#records.now - HINDSIGHT_MS)) return false;
    const claim = claimOf(specOf(life));
    if (claim === undefined || claim !== claimOf(specOf(other))) return false;
    const specs = this.#records.specsSince(other, life.bornAt - HINDSIGHT_MS);
    return specs.every((spec) => canCreate(spec) && claimOf(spec) === claim);
  }

  #hadListener({ object }: Life): boolean {
    const { uid } = object.metadata;
    return this.#records.creations.some(
      (creation) => creation.uid === uid && this.#cloud.listener(creation.listenerId) === undefined,
    );
  }
}

/** Ages are counted in whole seconds. */
function isOlder(other: Life, life: Life): boolean {
  return Math.floor(other.bornAt / 1000) < Math.floor(life.bornAt / 1000);
}

function specOf({ generations }: Life): Declaration {
  const newest = generations.at(-1);
  if (newest === undefined) throw new Error('a life without a generation');
  return newest.spec;
}

/** What they do to each other is their own affair. */
function isRogue({ object }: Life): boolean {
  return object.metadata.namespace === ROGUE_NAMESPACE;
}

function nameOf({ object: { metadata } }: Life): string {
  return `${metadata.namespace}/${metadata.name}`;
}
