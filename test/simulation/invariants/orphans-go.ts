import type { Cloud } from '../cloud.ts';
import { ownerOf } from '../cloud.ts';
import { readDeclaration } from '../declared.ts';
import type { Processes } from '../processes.ts';
import type { Life, Records } from '../records.ts';

/**
 * Nothing is left behind: when everything is at rest, no listener belongs to a resource that is no more. A finalizer that
 * was removed by force excuses what only a status knew; what the memory of a living process knows has to go all the same.
 */
export class OrphansGo {
  readonly #records: Records;
  readonly #cloud: Cloud;
  readonly #processes: Pick<Processes, 'living'>;

  constructor(records: Records, cloud: Cloud, processes: Pick<Processes, 'living'>) {
    this.#records = records;
    this.#cloud = cloud;
    this.#processes = processes;
  }

  problems(): readonly string[] {
    return this.#cloud.listeners.flatMap(({ ListenerId, Tags }) => {
      const life = this.#records.lives.get(ownerOf({ Tags }) ?? '');
      return life === undefined || !life.isGone || this.#mayStay(life, ListenerId)
        ? []
        : [`${ListenerId} is left behind by ${life.object.metadata.name}`];
    });
  }

  #mayStay(life: Life, listenerId: string): boolean {
    if (life.tornOut && !this.#isRemembered(life, listenerId)) return true;
    if (life.lied || this.#records.hasLostTrack(life)) return true;
    // Under a policy that only reads, no tags are taken off. An adoption that ends while it begins may leave them, too.
    const spec = readDeclaration(life.object['spec']);
    return spec.reconcilePolicy !== 'Manage' || spec.adopt !== undefined;
  }

  /** Whether no status ever had the id, and a process is still at work that has received it in the answer to the creation. */
  #isRemembered({ listenerIds }: Life, listenerId: string): boolean {
    const receiver = this.#records.receivers.get(listenerId);
    return (
      !listenerIds.has(listenerId) &&
      this.#processes.living.some(({ name, isStopping }) => name === receiver && !isStopping)
    );
  }
}
