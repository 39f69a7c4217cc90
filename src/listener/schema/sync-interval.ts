import { type ValueRule, withRules } from './rule.ts';
import { text } from './values.ts';

const SHORTEST_MS = 30_000;
const LONGEST_MS = 24 * 3_600_000;

const inRange: ValueRule<string> = {
  // `duration` fails on other text, which does no harm: in CEL a conjunction with a false part is false.
  cel: `self != '' && self.matches(r'^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && duration(self) >= duration('30s') && duration(self) <= duration('24h')`,
  holds: (self) => {
    const milliseconds = syncIntervalMs(self);
    return milliseconds !== undefined && milliseconds >= SHORTEST_MS && milliseconds <= LONGEST_MS;
  },
  message: 'syncInterval is a duration from 30s to 24h: write for example 30s, 10m or 1h30m',
};

/** So short that no number in it leaves the 64 bits of a duration in CEL. */
export const syncInterval = withRules(text({ max: 9 }), [inRange]);

/** Milliseconds of a duration such as `30s`, `10m` or `1h30m`; `undefined` when the text is no duration. */
export function syncIntervalMs(duration: string): number | undefined {
  const parts = /^(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?$/.exec(duration);
  if (parts === null || duration === '') return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
