import type { OperatorWorld } from '../support/operator-world.ts';
import type { Scene } from './scene.ts';

interface Row {
  /** What the operator does. */
  readonly name: string;
  /** What would go wrong for a user if it did not. */
  readonly reason: string;
}

/** One behaviour of the operator, seen from outside: in the cluster and in the cloud. */
export interface Scenario extends Row {
  /** Throws where the operator behaves otherwise. Others run at the same time, in scenes of their own. */
  readonly run: (scene: Scene) => Promise<void>;
}

/** One that does something to the operator or to the whole cluster, so that no other can run at the same time. */
export interface LoneScenario extends Row {
  readonly run: (scene: Scene, world: OperatorWorld) => Promise<void>;
}
