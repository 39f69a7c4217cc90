import type { World } from '../world.ts';

/** Something that happens to the operator from outside. */
export interface Disturbance {
  readonly kind: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  /** Lets it happen and says what happened; `undefined` where there is nothing that it could happen to. */
  strike(world: World): string | undefined;
}
