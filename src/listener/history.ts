import { isDeepStrictEqual } from 'node:util';
import type { AuditRecord } from './audit.ts';
import { cut } from './cut.ts';
import type { Decision, Finding } from './decision.ts';
import { REASONS } from './reason.ts';
import type { AlbListener } from './resource.ts';
import {
  type AlbListenerStatus,
  type CloudWrite,
  type History,
  LONGEST_ID,
  MOST_WRITES,
} from './schema/status.ts';
import { toMilliseconds } from './time.ts';

const OUTCOMES = { yes: 'Accepted', no: 'Refused', unknown: 'Unknown' } as const;

/**
 * The writes to the cloud of one reconcile, until a status takes them.
 *
 * `status.history` is for people who talk to Alibaba Cloud support, and for them only: nothing that is decided depends
 * on it.
 */
export class CloudWrites {
  #writes: CloudWrite[] = [];

  add({ operation, outcome, code, requestId, jobId }: AuditRecord, now: number): void {
    this.#writes.push({
      operation,
      at: toMilliseconds(now),
      outcome: OUTCOMES[outcome],
      ...(code !== undefined && { code: cut(code, LONGEST_ID) }),
      ...(requestId !== undefined && { requestId: cut(requestId, LONGEST_ID) }),
      ...(jobId !== undefined && { jobId: cut(jobId, LONGEST_ID) }),
    });
  }

  /** The history with the writes since the last call. */
  addedTo(history: History | undefined): History | undefined {
    const writes = this.#writes;
    this.#writes = [];
    return writes.reduce<History | undefined>(withWrite, history);
  }
}

interface News {
  /** What the status rests on. */
  readonly decision: Decision;
  readonly finding: Finding;
  readonly writes: CloudWrites;
}

/**
 * The status with the history of the writes, if it differs from the stored one anyway.
 *
 * A history that alone differs is no reason for a write: an attempt repeated with the same result stays quiet.
 *
 * @param object as it is stored
 */
export function withHistory(
  status: AlbListenerStatus,
  object: AlbListener,
  { decision, finding, writes }: News,
): AlbListenerStatus {
  if (isDeepStrictEqual(status, object.status)) return status;
  const ended = settled(status.history, finding, failedJob(object, decision));
  const history = writes.addedTo(ended);
  return history === undefined ? status : { ...status, history };
}

function withWrite(history: History | undefined, write: CloudWrite): History {
  const { creation, writes = [] } = history ?? {};
  const [last, ...earlier] = writes;
  const others = last !== undefined && isRepetition(write, last) ? earlier : writes;
  const made = write.operation === 'CreateListener' && write.outcome !== 'Refused' ? write : creation;
  return {
    ...(made !== undefined && { creation: made }),
    writes: [write, ...others].slice(0, MOST_WRITES),
  };
}

/** Retries of a refused call must not push out what was accepted before. */
function isRepetition(write: CloudWrite, last: CloudWrite): boolean {
  return (
    write.outcome !== 'Accepted' &&
    write.operation === last.operation &&
    write.outcome === last.outcome &&
    write.code === last.code
  );
}

/** What is known now of writes that the cloud had accepted. */
function settled(
  history: History | undefined,
  { reason }: Finding,
  failed: string | undefined,
): History | undefined {
  if (history === undefined) return undefined;
  const isReady = REASONS[reason].stance === 'ready';
  const ended = (write: CloudWrite): CloudWrite => {
    if (write.outcome !== 'Accepted') return write;
    if (isReady) return { ...write, outcome: 'Succeeded' };
    return write.jobId !== undefined && write.jobId === failed ? { ...write, outcome: 'Failed' } : write;
  };
  const { creation, writes } = history;
  return {
    ...(creation !== undefined && { creation: ended(creation) }),
    ...(writes !== undefined && { writes: writes.map(ended) }),
  };
}

/** The job of the operation on record, where the decision rests on its failure. */
function failedJob({ status }: AlbListener, decision: Decision): string | undefined {
  const { operation } = status;
  const isFailure =
    decision.do === 'reportFailure' ||
    (operation?.kind === 'Create' && 'finding' in decision && decision.finding.reason === 'CreateFailed');
  return isFailure ? operation?.jobId : undefined;
}
