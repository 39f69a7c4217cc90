import type { ApiAnswer } from '../../../src/runtime/kubernetes/api-answer.ts';
import type { ApiError } from '../../../src/runtime/kubernetes/api-error.ts';
import { type KubeObject, parseObject } from '../../../src/runtime/object.ts';

/**
 * Makes what two API servers answer comparable: uids and versions become numbers in the order in which they were first
 * seen, times become a mark that there is one.
 */
export class Anonymous {
  readonly #uids: string[] = [];
  readonly #versions: string[] = [];

  object({ metadata, ...rest }: KubeObject): object {
    const { uid, resourceVersion, creationTimestamp, deletionTimestamp, ...others } = metadata;
    return {
      ...rest,
      metadata: {
        ...others,
        uid: placeIn(this.#uids, uid),
        resourceVersion: placeIn(this.#versions, resourceVersion),
        creationTimestamp: creationTimestamp !== undefined,
        deletionTimestamp: deletionTimestamp !== undefined,
      },
    };
  }

  answer(answer: ApiAnswer): unknown {
    if (!answer.ok) return this.error(answer.error);
    const object = parseObject(answer.body);
    return object === undefined ? 'Success' : this.object(object);
  }

  error(error: ApiError): object {
    return 'status' in error
      ? { kind: error.kind, status: error.status, reason: error.reason }
      : { kind: error.kind };
  }

  /** Whether later versions are greater: the versions, by their numbers here, in the order of their values. */
  versionsInOrder(): readonly number[] {
    const inOrder = this.#versions.toSorted((one, other) => Number(one) - Number(other));
    return inOrder.map((version) => placeIn(this.#versions, version));
  }
}

function placeIn(seen: string[], value: string): number {
  if (!seen.includes(value)) seen.push(value);
  return seen.indexOf(value);
}
