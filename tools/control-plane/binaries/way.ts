/** Tells a person what is being done. One line each. */
export type Progress = (line: string) => void;

export function printLine(line: string): void {
  console.error(line);
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
