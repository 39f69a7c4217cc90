import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { deserialise, type State, serialise } from './state.ts';

/**
 * Writes the state so that a crash at any moment leaves either the old file or the new one, whole. The file
 * holds the secrets of the accepted credentials and is readable by its owner only.
 */
export function saveState(path: string, state: State): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  writeSync(file, serialise(state));
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

/** Undefined when there is no file yet. Throws when it is not a state of this version. */
export function loadState(path: string): State | undefined {
  if (!existsSync(path)) return undefined;
  return deserialise(readFileSync(path, 'utf8'));
}
