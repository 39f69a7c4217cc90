import { ApiContact, type ApiContactOptions } from '../../src/runtime/api-contact.ts';

/** What a part under test reports to: the lines of its contact go to the same logger. */
export function apiContact(parts: Pick<ApiContactOptions, 'clock' | 'logger'>): ApiContact {
  return new ApiContact({ server: 'https://api.example.com:6443', ...parts });
}
