import { describe, expect, it } from 'vitest';
import { describeChanges, describeOutsideChanges } from '../../src/listener/difference.ts';

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, place) => `${1000 + from + place}-cn-hangzhou`);

describe('differences in words', () => {
  const differences = [{ path: 'idleTimeout', declared: 15, actual: 77 }];

  it('lead to the manifest when the operator makes a change, and away from it when others did', () => {
    expect(describeChanges(differences)).toBe('idleTimeout 77 → 15');
    expect(describeOutsideChanges(differences)).toBe('idleTimeout 15 → 77');
  });

  it('say of long lists what comes and what goes', () => {
    const lists = [{ path: 'additionalCertificates', declared: ids(0, 20), actual: ids(1, 21) }];
    expect(describeChanges(lists)).toBe(
      'additionalCertificates with [1000-cn-hangzhou] and without [1020-cn-hangzhou]',
    );
  });

  it('leave room for what is to be done, however many there are and however long', () => {
    const many = Array.from({ length: 40 }, (_, place) => ({
      path: `xForwardedForConfig.field${place}`,
      declared: 'x'.repeat(5000),
      actual: ids(0, 300),
    }));
    expect(describeChanges(many).length).toBeLessThan(1600);
    expect(describeChanges(many)).toMatch(/ and 32 more$/);
  });
});
