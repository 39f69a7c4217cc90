import { statusProblems } from '../../support/status-invariants.ts';
import { ALB_LISTENERS } from '../api-server/resources.ts';
import type { ClusterChange } from '../cluster.ts';
import type { Records } from '../records.ts';
import { HINDSIGHT_MS } from './hindsight.ts';
import type { Invariant } from './invariant.ts';

/** The rules of conditions that tools rely on, after every write. */
export class ConditionsHold implements Invariant {
  readonly name = 'conditions hold';
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  judgeChange({ resource, type, object, by }: ClusterChange): string | undefined {
    if (resource !== ALB_LISTENERS || type !== 'MODIFIED' || by === 'user') return undefined;
    const life = this.#records.lives.get(object.metadata.uid);
    if (life?.lied || life?.restored || this.#mayReuseVersions()) return undefined;
    const [problem] = statusProblems(object);
    return problem;
  }

  /** A restored etcd reuses resourceVersions, so a write to an old object can land on its successor. */
  #mayReuseVersions(): boolean {
    const { restoredAt, now } = this.#records;
    return restoredAt !== undefined && now - restoredAt < HINDSIGHT_MS;
  }
}
