import { isReady } from '../../../src/listener/freshness.ts';
import { readAlbListener } from '../../../src/listener/resource.ts';
import { ALB_LISTENERS } from '../api-server/resources.ts';
import type { ClusterChange } from '../cluster.ts';
import { deviations } from '../declared.ts';
import type { Records } from '../records.ts';
import type { Invariant } from './invariant.ts';

/** Promise 3: Running and Ready are never written for a generation the cloud has not been seen to run. */
export class RunningIsProven implements Invariant {
  readonly name = 'Running is proven';
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  judgeChange({ resource, type, object: raw, by }: ClusterChange): string | undefined {
    if (resource !== ALB_LISTENERS || type !== 'MODIFIED' || by === 'user') return undefined;
    const object = readAlbListener(raw);
    const { status, uid, key } = object;
    const claimsToRun = status.phase === 'Running' || status.phase === 'Stopped' || isReady(status);
    if (!claimsToRun) return undefined;
    const life = this.#records.lives.get(uid);
    // What a user has written into it is no word of ours.
    if (life?.lied) return undefined;
    const declared = life?.generations.find(({ generation }) => generation === status.observedGeneration);
    if (life === undefined || declared === undefined) return `${key.name} runs as nobody ever declared it`;
    const { spec, since } = declared;
    const surplus = life.wiped || spec.adopt !== undefined;
    const isProven = this.#records.closeLooks.some(
      ({ listener, at }) =>
        listener.ListenerId === status.listenerId &&
        at >= since &&
        // Certificates are read by a call of their own.
        deviations({ ...spec, ignoreFields: [...spec.ignoreFields, 'additionalCertificates'] }, listener, {
          surplus,
        }).length === 0,
    );
    return isProven
      ? undefined
      : `${key.name} is called ${status.phase} as of generation ${status.observedGeneration}, and nobody has seen it so`;
  }
}
