import { describe, expect, it } from 'vitest';
import { createListenerToken } from '../../src/listener/client-token.ts';

describe('createListenerToken', () => {
  const uid = '6a1f3a52-0b6e-4c39-9c73-0d4f5e0c8f11';

  it.each([
    [0, 'c05d1997-77f3-57f5-bce3-de104fe5bfbf'],
    [1, 'f200547d-06e0-59e3-9d4e-27de0f5836d8'],
    [12, '37bf0106-1819-52e1-bc0a-a73fdade2f9c'],
  ])(
    'is the UUIDv5 of create/%i in the namespace of the UID, as an independent implementation has it',
    (incarnation, token) => {
      expect(createListenerToken(uid, incarnation)).toBe(token);
    },
  );

  it('differs between resources of the same name, because their UIDs differ', () => {
    const other = '6a1f3a52-0b6e-4c39-9c73-0d4f5e0c8f12';
    expect(createListenerToken(other, 0)).not.toBe(createListenerToken(uid, 0));
  });
});
