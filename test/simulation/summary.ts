import type { Outcome } from './history.ts';
import { HINDSIGHT_MS } from './invariants/hindsight.ts';

/** What people do with their manifests is work, not a fault. */
const WORK = /^user: /;

export interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly what: string;
}

/** All that came of many histories. */
export class Summary {
  readonly failures: Failure[] = [];
  readonly #faults = new Map<string, number>();
  readonly #crashes = new Map<string, number>();
  readonly #awaited = new Set<string>();
  readonly #restedAfterMs: number[] = [];
  #seeds = 0;
  #steps = 0;

  add({ seed, steps, violation, faults, crashes, awaited, restedAfterMs }: Outcome): void {
    this.#seeds += 1;
    this.#steps += steps;
    for (const [kind, times] of Object.entries(faults)) addTo(this.#faults, kind, times);
    for (const [point, times] of Object.entries(crashes)) addTo(this.#crashes, point, times);
    for (const point of awaited) this.#awaited.add(point);
    if (violation === undefined) this.#restedAfterMs.push(restedAfterMs);
    else this.failures.push({ seed, ...violation });
  }

  get seeds(): number {
    return this.#seeds;
  }

  report(seconds: number) {
    const faults = sorted(this.#faults).filter(([kind]) => !WORK.test(kind));
    const rested = this.#restedAfterMs.toSorted((a, b) => a - b);
    const points = [...this.#awaited].sort();
    const crashes = points.map((point): [string, number] => [point, this.#crashes.get(point) ?? 0]);
    return {
      seeds: this.#seeds,
      steps: this.#steps,
      faults: total(faults),
      crashes: total(sorted(this.#crashes)),
      violations: this.failures,
      hindsightSeconds: HINDSIGHT_MS / 1000,
      seconds: Math.round(seconds * 10) / 10,
      seedsPerSecond: Math.round((this.#seeds / seconds) * 10) / 10,
      restedAfterSeconds: { median: secondsAt(rested, 0.5), longest: secondsAt(rested, 1) },
      awaitPoints: {
        reached: points.length,
        diedAt: crashes.filter(([, times]) => times > 0).length,
        diedAtLeast100TimesAt: crashes.filter(([, times]) => times >= 100).length,
      },
      faultsByKind: Object.fromEntries(faults),
      workOfUsers: Object.fromEntries(sorted(this.#faults).filter(([kind]) => WORK.test(kind))),
      crashesByAwaitPoint: Object.fromEntries(crashes),
      crashesWhileStopping: Object.fromEntries(
        sorted(this.#crashes).filter(([point]) => !this.#awaited.has(point)),
      ),
    };
  }
}

function addTo(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

function sorted(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([, a], [, b]) => b - a);
}

function total(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((sum, [, times]) => sum + times, 0);
}

function secondsAt(ordered: readonly number[], part: number): number {
  return (ordered[Math.min(ordered.length - 1, Math.floor(part * ordered.length))] ?? 0) / 1000;
}
