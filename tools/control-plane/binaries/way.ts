import { type Clock, systemClock } from '../../../src/runtime/clock.ts';

/** Tells a person what is being done. One line each. */
export type Progress = (line: string) => void;

export function printLine(line: string): void {
  console.error(line);
}

/** What all ways to get programs have in common. */
export interface Context {
  /** Where KUBEBUILDER_ASSETS, XDG_CACHE_HOME and the PATH to Go are read from. */
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly clock: Clock;
  /** Ends the search: it rejects with the reason of the signal. What Go has compiled is kept. */
  readonly signal: AbortSignal;
}

/** This machine, standard error, and no end, unless given. */
export function contextOf({
  env = process.env,
  progress = printLine,
  clock = systemClock,
  signal = new AbortController().signal,
}: Partial<Context>): Context {
  return { env, progress, clock, signal };
}

/** What came of one way to get the binaries into a directory. `reason` completes "not used: …". */
export type WayOutcome = { outcome: 'ready' } | { outcome: 'unavailable'; reason: string };

export function unavailable(reason: string): WayOutcome {
  return { outcome: 'unavailable', reason };
}

/** The innermost cause says what happened: the outer error of a failed fetch is just "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
