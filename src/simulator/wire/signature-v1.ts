import { createHmac } from 'node:crypto';
import type { WireParameters } from '../parameters.ts';
import { percentEncode } from './percent-encode.ts';

/** What is signed: the method and every parameter of query and form except the signature itself. */
export function stringToSign(method: string, parameters: WireParameters): string {
  const canonical = Object.entries(parameters)
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
  return `${method}&%2F&${percentEncode(canonical)}`;
}

/** HMAC-SHA1, signature version 1.0. */
export function signV1(method: string, parameters: WireParameters, secret: string): string {
  return createHmac('sha1', `${secret}&`).update(stringToSign(method, parameters)).digest('base64');
}
