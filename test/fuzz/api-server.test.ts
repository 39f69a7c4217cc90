import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valuesIn } from '../../src/cluster/config-map-values.ts';
import { slimAlbListener } from '../../src/cluster/slim-alb-listener.ts';
import { askedToWait, parseJson, parseRetryAfter } from '../../src/runtime/kubernetes/api-answer.ts';
import { errorFromAnswer, errorFromStatusObject } from '../../src/runtime/kubernetes/api-error.ts';
import { LineSplitter } from '../../src/runtime/kubernetes/line-splitter.ts';
import { parseWatchEvent, type WatchEvent } from '../../src/runtime/kubernetes/watch-event.ts';
import { parseObject } from '../../src/runtime/object.ts';
import { damaged, hostileJson, hostileText, untouchedPrototypes } from './hostile.ts';

const OBJECT = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ids', namespace: 'shop', uid: 'u-1', resourceVersion: '7', managedFields: [{}] },
  data: { loadBalancerId: 'alb-1' },
};
const STATUS = {
  kind: 'Status',
  code: 410,
  reason: 'Expired',
  message: 'too old',
  details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] },
};
const NAMES = [
  'type',
  'object',
  ...Object.keys(OBJECT),
  ...Object.keys(OBJECT.metadata),
  ...Object.keys(STATUS),
];

const event = fc.oneof(
  fc.record({
    type: fc.oneof(fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'), hostileText),
    object: fc.oneof(damaged(fc.constant(OBJECT)), damaged(fc.constant(STATUS)), hostileJson(NAMES)),
  }),
  hostileJson(NAMES),
);

describe('a watch', () => {
  it('gives an event of the four kinds for every line, whatever it says', () => {
    fc.assert(
      fc.property(event, (line) => {
        expectSound(parseWatchEvent(JSON.parse(JSON.stringify(line))));
        expect(untouchedPrototypes()).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the same from any bytes, wherever the chunks break, also inside a character', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(
          fc.oneof(
            event.map((line) => JSON.stringify(line)),
            hostileText,
          ),
          { maxLength: 5 },
        )
        .map((lines) => new TextEncoder().encode(`${lines.join('\n')}\n`)),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 20 }), (stream, cuts) => {
        const whole = read(stream, []);
        expect(read(stream, cuts)).toEqual(whole);
        for (const line of whole.lines) {
          const answer = parseJson(line);
          if (answer.ok) expectSound(parseWatchEvent(answer.body));
          else expect(JSON.stringify(answer.error)).not.toContain(line.slice(0, 200).padEnd(20, '?'));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a line of megabytes in small chunks in the time it takes to read it', () => {
    const object = { ...OBJECT, data: { large: '한'.repeat(4_000_000) } };
    const stream = new TextEncoder().encode(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    const started = performance.now();
    const { lines } = read(
      stream,
      Array.from({ length: Math.floor(stream.length / 1000) }, (_, index) => index * 1000),
    );
    expect(lines.map((line) => parseWatchEvent(JSON.parse(line)).type)).toEqual(['applied']);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('a refusal', () => {
  const body = fc.oneof(damaged(fc.constant(STATUS)), hostileJson(NAMES), fc.constant(undefined));

  it('is a bounded error whatever its status and body, and never asks for a wait that is none', () => {
    const header = fc.oneof(
      hostileText,
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.constantFrom('9'.repeat(400), '-1', '1 2', '0x10', undefined),
      fc.array(fc.constant('1'), { minLength: 2, maxLength: 2 }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 999 }),
        body,
        header,
        fc.nat(),
        (status, said, retryAfter, now) => {
          const error = errorFromAnswer(status, said, parseRetryAfter(retryAfter, now));
          expect(error.message.length).toBeLessThanOrEqual(1024);
          expect(error.message.isWellFormed()).toBe(true);
          const wait = askedToWait({ ok: false, error });
          // A server in need must not be asked again at once, nor stop an operator for days.
          if (wait !== undefined) expect(wait >= 1000 && wait <= 300_000).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('inside a watch is an error whatever it says', () => {
    fc.assert(
      fc.property(body, (said) => {
        expect(errorFromStatusObject(said).message.length).toBeLessThanOrEqual(1024);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an object', () => {
  it('is what it claims to be, or none', () => {
    fc.assert(
      fc.property(fc.oneof(damaged(fc.constant(OBJECT)), hostileJson(NAMES)), (raw) => {
        const object = parseObject(raw);
        if (object !== undefined) {
          expectObject(object);
          const slim = slimAlbListener(object);
          expect(parseObject(slim)).toEqual(slim);
          const keys = new Set(['loadBalancerId', '__proto__', 'constructor', 'toString']);
          const values = valuesIn(object, keys);
          if (values === 'noConfigMap') throw new Error('it is one');
          expect(new Set(values.keys())).toEqual(keys);
          for (const value of values.values()) expect((value ?? '').length).toBeLessThanOrEqual(64);
        }
        expect(untouchedPrototypes()).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

function read(stream: Uint8Array, cuts: readonly number[]) {
  const splitter = new LineSplitter();
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].toSorted((a, b) => a - b);
  const lines = ends.flatMap((end, index) => splitter.push(stream.subarray(ends[index - 1] ?? 0, end)));
  return { lines, hasRest: splitter.hasRest() };
}

function expectSound(seen: WatchEvent): void {
  switch (seen.type) {
    case 'applied':
    case 'deleted':
      expectObject(seen.object);
      return;
    case 'bookmark':
      expect(typeof seen.resourceVersion).toBe('string');
      return;
    case 'failed':
      expect(seen.error.message.length).toBeLessThanOrEqual(1024);
  }
}

function expectObject({ metadata }: NonNullable<ReturnType<typeof parseObject>>): void {
  const { name, uid, resourceVersion, finalizers = [], annotations = {} } = metadata;
  for (const text of [name, uid, resourceVersion, ...finalizers, ...Object.values(annotations)]) {
    expect(typeof text).toBe('string');
  }
  expect(metadata).not.toHaveProperty('managedFields');
}
