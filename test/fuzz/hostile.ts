import * as fc from 'fast-check';

/**
 * Keys that carry a meaning of their own in JavaScript: a parser that copies them carelessly changes more than one
 * object.
 */
const TREACHEROUS_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'toJSON'];

/** What a program may choke on, besides any text at all. */
const TREACHEROUS_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud83d',
  '\udc4d\ud83d',
  '\ufeff',
  '\u202egnp.exe',
  '\u2028',
  'e\u0301'.repeat(50),
  '0',
  '-1',
  '1e999',
  'NaN',
  'null',
  '${env:HOME}',
  '%00%0d%0a',
  '<html><body>502 Bad Gateway</body></html>',
  '{"a":',
  'x'.repeat(5000),
  ...TREACHEROUS_KEYS,
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TREACHEROUS_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\ud83d', '\udc4d', 'a', '.', '"', '\\', '\n'), maxLength: 12 }),
);

const hostileNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 0.5, 1e21, 2 ** 53, -(2 ** 63), Number.MAX_VALUE),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.boolean(),
  fc.constant(null),
  // How a number beyond 15 digits comes out of pop-core.
  fc.constant({ s: 1, e: 20, c: [1234567, 89012345678901] }),
);

/**
 * Any value that JSON can say. Keys are often among `names`, so that a reader looks at what is below them, and
 * sometimes treacherous; such a key is an own property, as JSON.parse makes it.
 */
export function hostileJson(names: readonly string[]): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    { arbitrary: fc.constantFrom(...names), weight: 8 },
    fc.constantFrom(...TREACHEROUS_KEYS),
    hostileText,
  );
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 8 }).map((fields) => Object.fromEntries(fields)),
    ),
  })).value;
}

/** The value with some of its parts, at any depth, replaced by hostile ones or taken away. */
export function damaged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const harm = fc.record({ at: fc.nat(), by: fc.option(fc.oneof(leaf, fc.constant([]), fc.constant({}))) });
  return fc
    .tuple(value, fc.array(harm, { maxLength: 3 }))
    .map(([whole, harms]) => harms.reduce<unknown>((rest, { at, by }) => harmed(rest, at, by), whole));
}

function harmed(value: unknown, at: number, by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return by;
  const entries: readonly [string, unknown][] = Object.entries(value);
  const chosen = at % (entries.length + 1);
  const below = Math.floor(at / (entries.length + 1));
  if (chosen === entries.length) return below % 7 === 0 ? by : value;
  const kept = entries.flatMap(([name, inner], index): [string, unknown][] => {
    if (index !== chosen) return [[name, inner]];
    if (by === null && below % 2 === 0) return [];
    return [[name, harmed(inner, below, by)]];
  });
  return Array.isArray(value) ? kept.map(([, inner]) => inner) : Object.fromEntries(kept);
}

/** Lists in lists, as deep as a parser of JSON still takes them. */
export function nested(depth: number): unknown {
  const value: unknown = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
  return value;
}

/** Fails when something has reached through to what all objects share. */
export function untouchedPrototypes(): boolean {
  return Object.keys(Object.prototype).length === 0 && !('polluted' in {});
}

/** Whether no text in it has half a character, which the API server would store as another one. */
export function isWellFormed(value: unknown): boolean {
  // JSON.stringify escapes such a half, and nothing else that begins like it unless a backslash stood there.
  return !/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(value));
}
