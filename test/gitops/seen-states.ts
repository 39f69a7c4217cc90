import type { KubeObject } from '../../src/runtime/object.ts';
import { watchStatuses } from '../support/status-watch.ts';
import { reasonIn, stateOf } from './state.ts';

/** An object as it once was on the API server. */
export interface SeenState {
  readonly state: string;
  readonly object: KubeObject;
}

export interface StatesWatch {
  /** Ends the watch. One object for each state and reason that any AlbListener was ever seen in. */
  readonly stop: () => Promise<readonly SeenState[]>;
}

export async function watchStates(kubeconfigPath: string): Promise<StatesWatch> {
  const seen = new Map<string, SeenState>();
  const watch = await watchStatuses(kubeconfigPath, (object) => {
    const state = stateOf(object);
    const key = `${state} ${reasonIn(object)}`;
    if (!seen.has(key)) seen.set(key, { state, object });
    return [];
  });
  return {
    async stop() {
      await watch.stop();
      return [...seen.values()];
    },
  };
}
