import { describe, expect, it } from 'vitest';
import { cut, fill, oneLine, widthOf } from '../../../tools/demo/view/text.ts';

describe('the width of a text', () => {
  it.each([
    { reason: 'Latin letters take one column', text: 'shop', width: 4 },
    { reason: 'Chinese characters take two', text: '負載', width: 4 },
    { reason: 'a family is one picture', text: '👨‍👩‍👧‍👦', width: 2 },
    { reason: 'an accent of its own takes none', text: 'e\u0301', width: 1 },
  ])('$reason', ({ text, width }) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('a cut', () => {
  it.each([
    { reason: 'what fits stays', text: 'shop', columns: 4, kept: 'shop' },
    { reason: 'an ellipsis takes the last column', text: 'shops', columns: 4, kept: 'sho…' },
    { reason: 'half of a wide character is none', text: '負載平衡', columns: 6, kept: '負載…' },
    { reason: 'a picture stays whole or goes', text: '👨‍👩‍👧‍👦👨‍👩‍👧‍👦', columns: 3, kept: '👨‍👩‍👧‍👦…' },
    { reason: 'no room is no text', text: 'shop', columns: 0, kept: '' },
  ])('$reason', ({ text, columns, kept }) => {
    expect(cut(text, columns)).toBe(kept);
  });

  it('is filled up to the column that follows', () => {
    expect(fill('負載平衡', 6)).toBe('負載… ');
    expect(fill('a', 3)).toBe('a  ');
  });
});

it('a text of any origin becomes a part of one line', () => {
  expect(oneLine('a\nb\r\nc\td \u001b[31mred\u001b[0m\u202E \n')).toBe('a b  c d red');
});
