import { CLOUD_TROUBLES } from './cloud-troubles.ts';
import { CLUSTER_TROUBLES } from './cluster-troubles.ts';
import { CONSOLE } from './console.ts';
import type { Disturbance } from './disturbance.ts';
import { MACHINES } from './machines.ts';
import { PEOPLE } from './people.ts';

export const DISTURBANCES: readonly Disturbance[] = [
  ...PEOPLE,
  ...MACHINES,
  ...CONSOLE,
  ...CLOUD_TROUBLES,
  ...CLUSTER_TROUBLES,
];
