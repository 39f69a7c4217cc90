import { ALB_LISTENERS } from '../api-server/resources.ts';
import type { Cluster, ClusterChange } from '../cluster.ts';
import { SECRETS } from '../keys.ts';
import type { Invariant } from './invariant.ts';

/** Promise 7: no secret is in a status, an event or a log, although the cloud puts it into its messages. */
export class NoSecrets implements Invariant {
  readonly name = 'no secret is told';
  readonly #cluster: Cluster;
  #judgedEvents = 0;
  #leak: string | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  judgeChange({ resource, object, by }: ClusterChange): string | undefined {
    if (resource !== ALB_LISTENERS || by === 'user') return undefined;
    return leakIn('a status', JSON.stringify(object['status']));
  }

  judgeLine(line: string): void {
    this.#leak ??= leakIn('a log', line);
  }

  judgeWorld(): string | undefined {
    const { events } = this.#cluster.server;
    const fresh = events.slice(this.#judgedEvents);
    this.#judgedEvents = events.length;
    for (const { note } of fresh) this.#leak ??= leakIn('an event', note);
    return this.#leak;
  }
}

function leakIn(place: string, text: string | undefined): string | undefined {
  return SECRETS.some((secret) => text?.includes(secret))
    ? `a secret is told in ${place}: ${text}`
    : undefined;
}
