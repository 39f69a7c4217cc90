import type { CloudCall } from '../cloud.ts';
import type { Departure } from '../cloud-connection.ts';
import type { ClusterChange } from '../cluster.ts';

/** Something that holds at every moment. Each judgement names what is broken, or is `undefined`. */
export interface Invariant {
  /** In a few words, for the report. */
  readonly name: string;
  /** Judges a change of the cluster while it is made. */
  judgeChange?(change: ClusterChange): string | undefined;
  /** Judges a call when it leaves its process. */
  judgeDeparture?(departure: Departure): string | undefined;
  /** Judges a call when it has had its effect. */
  judgeCall?(call: CloudCall): string | undefined;
  /** Judges what there is after a step. */
  judgeWorld?(): string | undefined;
}
