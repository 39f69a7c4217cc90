import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter } from '../../../src/runtime/kubernetes/line-splitter.ts';

function split(bytes: Uint8Array, cuts: readonly number[]) {
  const splitter = new LineSplitter();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  const lines = ends.flatMap((end) => {
    const part = splitter.push(bytes.subarray(start, end));
    start = end;
    return part;
  });
  return { lines, hasRest: splitter.hasRest() };
}

it('gives the same lines wherever the chunks break, also inside a character', () => {
  const someLine = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((line) => line.trim() !== '' && !/\n/.test(line));
  fc.assert(
    fc.property(fc.array(someLine), fc.array(fc.nat()), (lines, cuts) => {
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
      expect(split(bytes, cuts)).toEqual({ lines, hasRest: false });
    }),
  );
});

it.each([
  { text: '', lines: [], hasRest: false, reason: 'nothing' },
  { text: '\n\r\n\n', lines: [], hasRest: false, reason: 'only line breaks' },
  { text: 'a\nb', lines: ['a'], hasRest: true, reason: 'a stream that stops inside a line' },
  { text: 'b', lines: [], hasRest: true, reason: 'a stream that stops inside its first line' },
])('splits $reason', ({ text, lines, hasRest }) => {
  expect(split(new TextEncoder().encode(text), [])).toEqual({ lines, hasRest });
});

it('has a rest when the stream stops inside a character', () => {
  expect(split(Uint8Array.of(0x61, 0x0a, 0xe4), [])).toEqual({ lines: ['a'], hasRest: true });
});
