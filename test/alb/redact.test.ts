import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import { createRedactor } from '../../src/alb/redact.ts';
import { percentEncode } from './percent-encode.ts';

const ID = 'LTAI5tPlantedId';
const SECRET = 'pL4nted.S3cret~x';
const TOKEN = 'CAISpLaNtEd+token/with=marks==';
const redact = createRedactor(new Credentials(ID, SECRET, TOKEN));

function escapeHtml(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

function escapeJson(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('redaction', () => {
  const forms = [
    { reason: 'as it is', form: (secret: string) => secret },
    { reason: 'in a URL', form: percentEncode },
    {
      reason: 'in a string to sign, which is encoded twice',
      form: (secret: string) => percentEncode(percentEncode(secret)),
    },
    {
      reason: 'in lower-case percent-encoding',
      form: (secret: string) => percentEncode(secret).toLowerCase(),
    },
    { reason: 'in HTML', form: escapeHtml },
    {
      reason: 'in hexadecimal HTML',
      form: (secret: string) =>
        escapeHtml(secret).replaceAll(/&#(\d+);/g, (_, code: string) => `&#x${Number(code).toString(16)};`),
    },
    { reason: 'in JSON inside JSON', form: escapeJson },
    { reason: 'in JSON with escaped slashes', form: (secret: string) => secret.replaceAll('/', '\\/') },
    {
      reason: 'with an invisible character in the middle',
      form: (secret: string) => `${secret.slice(0, 5)}\u200b${secret.slice(5)}`,
    },
  ];
  it.each(forms)('removes every secret $reason', ({ form }) => {
    for (const secret of [ID, SECRET, TOKEN]) {
      expect(redact(`before <b>${form(secret)}</b> after`)).toBe('before <b>[redacted]</b> after');
    }
  });

  it('removes every secret from any text, wherever it stands', () => {
    const secret = fc.constantFrom(ID, SECRET, TOKEN).map((text) => percentEncode(text));
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, planted, after) => {
        expect(redact(`${before} ${planted} ${after}`)).not.toContain(planted);
      }),
    );
  });

  const named = [
    {
      reason: 'a token the sender cut is still a token',
      text: `SecurityToken=${TOKEN.slice(0, 12)}`,
      left: 'SecurityToken=[redacted]',
    },
    {
      reason: 'a signature is not known in advance',
      text: 'got Signature=abc%2Bdef%3D&Version=1',
      left: 'got Signature=[redacted]&Version=1',
    },
    {
      reason: 'a string to sign has no plain separators',
      text: 'POST&%2F&a%3D1%26Signature%3Dabc%26b%3D2',
      left: 'POST&%2F&a%3D1%26Signature=[redacted]',
    },
    {
      reason: 'JSON',
      text: '{"AccessKeyId": "LTAIother", "x": 1}',
      left: '{"AccessKeyId=[redacted]", "x": 1}',
    },
    { reason: 'a header', text: 'x-acs-security-token: CAISother', left: 'x-acs-security-token=[redacted]' },
    {
      reason: 'the method of a signature is no secret',
      text: 'SignatureMethod=HMAC-SHA1',
      left: 'SignatureMethod=HMAC-SHA1',
    },
  ];
  it.each(named)('removes what a name announces: $reason', ({ text, left }) => {
    expect(redact(text)).toBe(left);
  });

  it('removes the query of a URL and keeps where it pointed', () => {
    expect(redact('see https://alb.example.com/help?code=X&who=me, please')).toBe(
      'see https://alb.example.com/help?[redacted] please',
    );
  });

  it('makes one line of untrusted text', () => {
    expect(redact('a\u0000b\r\nc\u001b[31md\u202ee\u2028f\ud800')).toBe('a b c [31mde f\ufffd');
  });

  it('cuts after redacting, so that no secret loses its tail and stays', () => {
    const text = redact(`${'x'.repeat(505)}${SECRET}${'y'.repeat(100)}`);
    expect(text).toHaveLength(512);
    expect(text).not.toContain(SECRET.slice(0, 4));
  });

  it('leaves ordinary messages of the cloud alone', () => {
    const message = 'The quota of LoadBalancerListenersNum is exceeded for resource alb-1, usage 50/50.';
    expect(redact(message)).toBe(message);
  });
});

it.each(['authorization: Bearer short', 'authorization: "bearer short"', 'Authorization=Basic%20short'])(
  'takes out a token that belongs to others, whatever its scheme: %s',
  (text) => {
    expect(redact(`it was ${text} that came`)).not.toContain('short');
  },
);
