import type { ConfigMaps } from './cluster/config-maps.ts';
import type { Elector } from './runtime/elector.ts';
import type { Probes } from './runtime/probes.ts';
import type { Reflectors } from './runtime/reflectors.ts';

export interface CheckedParts {
  readonly reflectors: Pick<Reflectors<never>, 'isSynced' | 'isStuck'>;
  readonly configMaps: Pick<ConfigMaps, 'isStuck'>;
  /** `undefined` without an election. */
  readonly elector: Pick<Elector, 'takesPart'> | undefined;
  /** Aborts when the operator is to end. */
  readonly signal: AbortSignal;
}

/**
 * What the probes look at. ConfigMaps are no matter of readiness: a manifest that takes an id from one waits by itself
 * and holds nobody else up.
 */
export function addChecks(probes: Probes, { reflectors, configMaps, elector, signal }: CheckedParts): void {
  const watches = () => !reflectors.isStuck && !configMaps.isStuck;
  probes.addLive('watch', () => unless(watches(), 'a list or a watch hangs past its deadline'));
  probes.addReady('caches', () => unless(reflectors.isSynced, 'not every AlbListener is known yet'));
  if (elector !== undefined) {
    probes.addReady('leader-election', () => unless(elector.takesPart, 'the lease could not be read lately'));
  }
  probes.addReady('shutdown', () => unless(!signal.aborted, 'the operator is ending'));
}

function unless(holds: boolean, problem: string): string | undefined {
  return holds ? undefined : problem;
}
