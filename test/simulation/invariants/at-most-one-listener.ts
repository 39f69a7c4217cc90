import type { Cloud, CloudCall } from '../cloud.ts';
import { ownerIn, type Records, tagIn } from '../records.ts';
import type { Invariant } from './invariant.ts';

/**
 * Promise 1: for one resource, at most one listener is ever created. Another one may follow when that one is gone, as
 * another incarnation; and all calls for one incarnation carry one token.
 */
export class AtMostOneListener implements Invariant {
  readonly name = 'at most one listener for a resource';
  readonly #records: Records;
  readonly #cloud: Cloud;
  readonly #tokens = new Map<string, string>();

  constructor(records: Records, cloud: Cloud) {
    this.#records = records;
    this.#cloud = cloud;
  }

  judgeCall({ operation, parameters, effect }: CloudCall): string | undefined {
    if (operation !== 'CreateListener' || parameters['DryRun'] === 'true') return undefined;
    const uid = ownerIn(parameters);
    if (uid === undefined) return 'a listener is created without the tag that says whose it is';
    // Whoever writes a status is trusted with what is made for it.
    if (this.#records.lives.get(uid)?.lied) return undefined;
    return this.#judgeToken(uid, parameters) ?? (effect === null ? undefined : this.#judgeNumber(uid));
  }

  #judgeToken(uid: string, parameters: CloudCall['parameters']): string | undefined {
    const incarnation = `${uid}/${tagIn(parameters, 'alb-listener-operator/incarnation')}`;
    const token = parameters['ClientToken'] ?? '';
    const first = this.#tokens.get(incarnation) ?? token;
    this.#tokens.set(incarnation, first);
    return first === token ? undefined : `incarnation ${incarnation} is asked for with two tokens`;
  }

  #judgeNumber(uid: string): string | undefined {
    const life = this.#records.lives.get(uid);
    if (life !== undefined && this.#records.hasLostTrack(life)) return undefined;
    const standing = this.#records.creations.filter(
      (creation) => creation.uid === uid && this.#cloud.listener(creation.listenerId) !== undefined,
    );
    if (standing.length <= 1) return undefined;
    return `${uid} has ${standing.length} listeners: ${standing.map(({ listenerId }) => listenerId).join(', ')}`;
  }
}
