import type { OperatorOptions } from '../../src/operator.ts';
import { PACE } from './operator-in-time.ts';

/** The settings of an operator that runs in a test. */
export const OPERATOR_CONFIG: OperatorOptions['config'] = {
  pace: PACE,
  workers: 4,
  callsPerMinute: 100,
  adoptFrom: new Set(),
  namedRegions: [],
  installation: 'one',
  watch: { namespaces: [] },
  loadBalancerNamespaces: new Map<string, readonly string[]>(),
};
