import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BuildProgress, type GoPackage } from '../../../tools/control-plane/binaries/build-progress.ts';

const MS_PER_BYTE = 0.0065 / 2;

/**
 * A cold build on two processors that were very busy with other work: `ms`, and the size of a package or `linked`. The
 * first 1,444 packages are as recorded, three quarters of the work; the others are added in the order and at the speed
 * that this was seen to have.
 */
const TRACE = readFileSync(new URL('cold-build.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((row, index) => {
    const [ms = '', what = ''] = row.split('\t');
    return {
      path: `example.com/p${index}`,
      ms: Number(ms),
      bytes: what === 'linked' ? undefined : Number(what),
    };
  });
const PACKAGES: readonly GoPackage[] = TRACE.flatMap(({ path, bytes }) =>
  bytes === undefined ? [] : [{ path, bytes, isCompiled: false }],
);
const END_MS = TRACE.at(-1)?.ms ?? 0;

interface Estimate {
  readonly atMs: number;
  readonly compiled: number;
  readonly leftMs: number;
}

/** What the build would have told after each of its steps. */
function estimates(packages: readonly GoPackage[]): readonly Estimate[] {
  const programs = TRACE.filter(({ bytes }) => bytes === undefined).length;
  const progress = new BuildProgress(packages, programs, MS_PER_BYTE);
  let compiled = 0;
  return TRACE.map(({ path, ms, bytes }) => {
    if (bytes === undefined) progress.linked();
    else if (progress.compiled(path)) compiled += 1;
    return { atMs: ms, compiled, leftMs: progress.leftMs(ms) };
  });
}

describe('the estimate of a cold build', () => {
  it('is of a whole build', () => {
    expect(PACKAGES.length).toBeGreaterThan(2000);
    expect(TRACE.filter(({ bytes }) => bytes === undefined)).toHaveLength(3);
  });

  it('is within a factor of two of what is left, from half of the packages on', () => {
    const late = estimates(PACKAGES).filter(({ compiled }) => compiled >= PACKAGES.length / 2);
    // The last seconds are said to be some seconds.
    const counted = late.filter(({ atMs }) => END_MS - atMs >= 10_000);
    const ratios = counted.map(({ atMs, leftMs }) => leftMs / (END_MS - atMs));
    expect(counted.length).toBeGreaterThan(500);
    expect(Math.min(...ratios)).toBeGreaterThan(0.5);
    expect(Math.max(...ratios)).toBeLessThan(2);
  });

  it('begins as a guess by size, and never says less than nothing', () => {
    const all = estimates(PACKAGES);
    const bytes = PACKAGES.reduce((sum, one) => sum + one.bytes, 0);
    expect(new BuildProgress(PACKAGES, 0, MS_PER_BYTE).leftMs(0)).toBeCloseTo(bytes * MS_PER_BYTE);
    expect(Math.min(...all.map(({ leftMs }) => leftMs))).toBeGreaterThanOrEqual(0);
    expect(all.at(-1)?.leftMs).toBe(0);
  });
});

describe('the line', () => {
  const packages = [
    { path: 'a', bytes: 1000, isCompiled: true },
    { path: 'b', bytes: 2000, isCompiled: false },
    { path: 'c', bytes: 2000, isCompiled: false },
  ];

  it('counts what an earlier build has compiled, but learns only from this one', () => {
    const progress = new BuildProgress(packages, 0, 10);
    progress.begin('etcd');
    expect(progress.line(0)).toBe('Building etcd: 1 of 3 packages, 0 s so far, about 40 s left');
    expect(progress.compiled('b')).toBe(true);
    expect(progress.line(90_000)).toBe(
      'Building etcd: 2 of 3 packages, 1 min 30 s so far, about 1 min 30 s left',
    );
  });

  it.each(['a', '# b', 'b.go:1: undefined: x', ''])('takes %j for no package that was compiled', (line) => {
    expect(new BuildProgress(packages, 0, 10).compiled(line)).toBe(false);
  });
});
