import { parseArgs } from 'node:util';
import { type DescribedSetting, describedSettings } from './described.ts';

export interface FlagsReading {
  /** Values by variable. */
  readonly given: ReadonlyMap<string, string>;
  readonly asks: 'help' | 'version' | undefined;
  readonly problems: readonly string[];
}

const SWITCHES = ['--help', '--version'] as const;
const byFlag = new Map<string, DescribedSetting>(
  describedSettings.flatMap((setting) =>
    setting.flag === undefined ? [] : [[setting.flag, setting] as const],
  ),
);

/** Reads the command line, and names everything that is wrong with it, not only the first thing. */
export function readFlags(args: readonly string[]): FlagsReading {
  const given = new Map<string, string>();
  const problems: string[] = [];
  let asks: FlagsReading['asks'];
  for (const token of tokensOf(args)) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      // Not repeated: it may be a secret that lost its flag.
      problems.push(`Argument ${token.index + 1} belongs to no flag: write --flag=value.`);
      continue;
    }
    const { rawName, value, inlineValue } = token;
    const setting = byFlag.get(rawName);
    if (rawName === '--help' || rawName === '--version') {
      asks = asks === 'help' || rawName === '--help' ? 'help' : 'version';
    } else if (setting === undefined) {
      problems.push(`${shown(rawName)} is no flag${advice(rawName)}`);
    } else if (value === undefined || (!inlineValue && value.startsWith('-'))) {
      problems.push(`${rawName} has no value: write ${rawName}=${setting.value}.`);
    } else if (given.has(setting.variable)) {
      problems.push(`${rawName} is given twice: leave one out.`);
    } else {
      given.set(setting.variable, value);
    }
  }
  return { given, asks, problems };
}

function tokensOf(args: readonly string[]) {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const flag of byFlag.keys()) options[flag.slice(2)] = { type: 'string' };
  for (const flag of SWITCHES) options[flag.slice(2)] = { type: 'boolean' };
  return parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function shown(flag: string): string {
  return /^-{1,2}[\w-]{1,64}$/.test(flag) ? flag : 'One of the arguments';
}

/** The nearest flag, or the variable of one that is never a flag. */
function advice(flag: string): string {
  const secret = describedSettings.find(
    (setting) =>
      setting.flag === undefined && flag.length > 4 && setting.variable.endsWith(variableCase(flag)),
  );
  if (secret !== undefined) return `: set ${secret.variable}; others can read a command line.`;
  const [nearest] = [...byFlag.keys(), ...SWITCHES]
    .map((name) => ({ name, distance: distance(flag, name) }))
    .toSorted((a, b) => a.distance - b.distance);
  if (nearest === undefined || nearest.distance > 2 + flag.length / 4) return ': --help lists them all.';
  return `: did you mean ${nearest.name}?`;
}

function variableCase(flag: string): string {
  return flag.replace(/^-+/, '_').replaceAll('-', '_').toUpperCase();
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(a.slice(0, 64)).entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const above = row[column] ?? 0;
      const before = next[column - 1] ?? 0;
      const across = row[column - 1] ?? 0;
      next.push(Math.min(above + 1, before + 1, across + (letter === b[column - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
