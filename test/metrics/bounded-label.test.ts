import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedLabel } from '../../src/metrics/bounded-label.ts';
import { hostileText } from '../fuzz/hostile.ts';

describe('a label for what the other side sends', () => {
  it('is the word itself while there are few, and Other for what comes after them', () => {
    const label = new BoundedLabel(2);
    expect(['Throttling.User', 'Timeout', 'QuotaExceeded.Listener'].map((word) => label.of(word))).toEqual([
      'Throttling.User',
      'Timeout',
      'Other',
    ]);
  });

  it('goes on to be the word for those that were there first', () => {
    const label = new BoundedLabel(1);
    for (const word of ['Timeout', 'Late', 'Timeout']) label.of(word);
    expect(label.of('Timeout')).toBe('Timeout');
    expect(label.of('Late')).toBe('Other');
  });

  it.each([
    { reason: 'it is empty', word: '' },
    { reason: 'it is a sentence', word: 'The specified listener is not there' },
    { reason: 'it begins with a digit', word: '503' },
    { reason: 'it ends with a line break', word: 'Timeout\n' },
    { reason: 'it could end the label', word: 'Timeout"} 1' },
    { reason: 'it has letters beyond ASCII', word: 'Zeitüberschreitung' },
    { reason: 'it has a meaning of its own in JavaScript', word: '__proto__' },
    { reason: 'it has 81 characters', word: 'x'.repeat(81) },
  ])('is Other, since $reason, and that takes nobody the place', ({ word }) => {
    const label = new BoundedLabel(1);
    expect(label.of(word)).toBe('Other');
    expect(label.of('Timeout')).toBe('Timeout');
  });

  it('is the word up to 80 characters', () => {
    const word = 'x'.repeat(80);
    expect(new BoundedLabel(1).of(word)).toBe(word);
  });

  it('has no more values than the limit and Other, whatever is sent', () => {
    const words = fc.array(fc.oneof(hostileText, fc.stringMatching(/^[A-C][a-c.]{0,2}$/)));
    fc.assert(
      fc.property(fc.nat({ max: 5 }), words, (limit, sent) => {
        const label = new BoundedLabel(limit);
        const values = new Set(sent.map((word) => label.of(word)));
        values.delete('Other');
        expect(values.size).toBeLessThanOrEqual(limit);
        for (const value of values) expect(value).toMatch(/^[A-Za-z][\w.]{0,79}$/);
      }),
    );
  });
});
