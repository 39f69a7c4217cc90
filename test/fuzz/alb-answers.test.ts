import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as answers from '../../src/alb/answers.ts';
import { Credentials } from '../../src/alb/credentials/credentials.ts';
import type { AlbError } from '../../src/alb/error.ts';
import { createRedactor } from '../../src/alb/redact.ts';
import { judgeRejection, judgeReply } from '../../src/alb/rpc-outcome.ts';
import { damaged, hostileJson, hostileText, isWellFormed, nested, untouchedPrototypes } from './hostile.ts';

const SECRETS = [
  'LTAI5tPlantedKeyId00000',
  'PlantedAccessKeySecret0000000',
  'CAISPlantedToken+0/0==',
] as const;
const redact = createRedactor(new Credentials(...SECRETS));
const target = { service: 'ALB', endpoint: 'https://alb.example.com', regionId: 'cn-hangzhou' } as const;

const LISTENER = {
  ListenerId: 'lsn-1',
  LoadBalancerId: 'alb-1',
  ListenerProtocol: 'HTTPS',
  ListenerPort: 443,
  ListenerStatus: 'Running',
  RequestTimeout: 60,
  GzipEnabled: true,
  XForwardedForConfig: { XForwardedForEnabled: true, XForwardedForProcessingMode: 'append' },
  QuicConfig: { QuicUpgradeEnabled: false },
  DefaultActions: [
    { Type: 'ForwardGroup', ForwardGroupConfig: { ServerGroupTuples: [{ ServerGroupId: 'sgp-1' }] } },
  ],
  LogConfig: { AccessLogTracingConfig: { TracingEnabled: true, TracingSample: 100, TracingType: 'Zipkin' } },
  Tags: [{ Key: 'team', Value: 'web' }],
  CaEnabled: false,
  Certificates: [{ CertificateId: '1-cn-hangzhou' }],
  AclConfig: { AclType: 'White', AclRelations: [{ AclId: 'acl-1', Status: 'Associated' }] },
};
const CERTIFICATE = { CertificateId: '1', CertificateType: 'Server', IsDefault: true, Status: 'Associated' };
const ACL = { AclId: 'acl-1', AclName: 'office', AclStatus: 'Available' };
const JOB = { Id: 'job-1', Status: 'Failed', ApiName: 'CreateListener', ErrorCode: 'Some.Code' };

/** An answer as its operation gives it, and who reads it. */
const READERS = [
  { of: 'CreateListener', shape: answers.createdListener, answer: { ListenerId: 'lsn-1', JobId: 'job-1' } },
  { of: 'any update', shape: answers.startedJob, answer: { JobId: 'job-1' } },
  { of: 'TagResources', shape: answers.done, answer: {} },
  { of: 'GetListenerAttribute', shape: answers.listenerAttribute, answer: LISTENER },
  { of: 'ListListeners', shape: answers.listenersPage, answer: { Listeners: [LISTENER], NextToken: 'x' } },
  {
    of: 'ListListenerCertificates',
    shape: answers.certificatesPage,
    answer: { Certificates: [CERTIFICATE], TotalCount: 1 },
  },
  { of: 'ListAcls', shape: answers.aclsPage, answer: { Acls: [ACL], NextToken: '' } },
  { of: 'ListAsynJobs', shape: answers.asynJobsPage, answer: { Jobs: [JOB] } },
] as const;

const NAMES = [
  ...READERS,
  { answer: LISTENER },
  { answer: CERTIFICATE },
  { answer: ACL },
  { answer: JOB },
].flatMap(({ answer }) => Object.keys(answer));

describe.each(READERS)('what answers $of', ({ shape, answer }) => {
  it('is read as promised or refused by the names of its fields, whatever it is', () => {
    expect(answers.readAnswer<unknown>(shape, answer)).toMatchObject({ ok: true });
    const anything = fc.oneof(hostileJson(NAMES), damaged(fc.constant(answer)));
    fc.assert(
      fc.property(anything, (body) => {
        const reading = answers.readAnswer<unknown>(shape, body);
        if (reading.ok) {
          expect(Object.getPrototypeOf(reading.value)).toBe(Object.prototype);
          expect(isWellFormed(reading.value)).toBe(true);
        } else {
          expect(reading.problem).toMatch(/^(The answer is not an object\.|These fields of the answer )/);
        }
        expect(untouchedPrototypes()).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([1_000, 100_000])('is not read when it is %d levels deep', (depth) => {
    const started = performance.now();
    const body = { ...answer, ListenerId: nested(depth), JobId: nested(depth), Tags: nested(depth) };
    expect(() => answers.readAnswer<unknown>(shape, body)).not.toThrow();
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

/** Text around, inside and after a secret, as a gateway may echo it. */
const echo = fc
  .tuple(hostileText, fc.constantFrom(...SECRETS, ...SECRETS.map(encodeURIComponent), ''), hostileText)
  .map((parts) => parts.join(''));

describe('what pop-core makes of an answer', () => {
  const headers = fc.dictionary(
    fc.constantFrom('retry-after', 'x-acs-retry-after', 'content-type', '__proto__'),
    fc.oneof(hostileText, fc.nat().map(String), fc.constant(['1', '2']), fc.constant('9'.repeat(400))),
  );
  const exchange = fc.record({
    response: fc.record({ statusCode: fc.integer({ min: 100, max: 999 }), headers }),
  });

  it('is an outcome within its bounds and without a secret when it is a reply', () => {
    const body = fc.oneof(
      hostileJson(['RequestId', 'Code']),
      fc.record({ RequestId: fc.oneof(hostileText, fc.uuid(), fc.constantFrom(...SECRETS)) }),
    );
    fc.assert(
      fc.property(body, exchange, (received, entry) => {
        const outcome = judgeReply('CreateListener', [received, entry], { target, redact });
        if (outcome.outcome === 'yes') {
          expect(outcome.requestId).toMatch(/^[\w[\]-]{1,128}$/);
          expect(entry.response.statusCode).toBeGreaterThanOrEqual(200);
          expect(entry.response.statusCode).toBeLessThan(300);
          expectNoSecret(outcome.requestId);
        } else {
          expectSound(outcome.error);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is an outcome within its bounds and without a secret when it is a rejection', () => {
    const data = fc.record(
      { Code: fc.oneof(echo, fc.integer()), Message: fc.oneof(echo, fc.constant(1)), RequestId: echo },
      { requiredKeys: ['Code'] },
    );
    const coded = fc.record({ data, entry: exchange });
    const system = fc
      .tuple(echo, fc.oneof(echo, fc.constantFrom('ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT')))
      .map(([message, code]) => Object.assign(new Error(message), { code, name: message }));
    const thrown = fc.oneof(coded, system, damaged(coded), hostileJson(['data', 'entry', 'code', 'name']));
    fc.assert(
      fc.property(thrown, fc.boolean(), (rejected, timedOut) => {
        const outcome = judgeRejection('CreateListener', rejected, { timedOut, target, redact });
        expect(outcome.outcome).not.toBe('yes');
        if (outcome.outcome !== 'yes') expectSound(outcome.error);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { reason: 'addresses that never end', text: 'http://'.repeat(100_000) },
    { reason: 'names of secrets without a value', text: 'signature"'.repeat(100_000) },
    { reason: 'percent signs', text: '%25'.repeat(300_000) },
    { reason: 'spaces', text: ' \u200b'.repeat(500_000) },
    { reason: 'quotes after a name', text: `signature${'"&quot;'.repeat(100_000)}` },
  ])('is made fit to be shown in no time, though a megabyte long: $reason', ({ text }) => {
    const started = performance.now();
    expect(redact(text).length).toBeLessThanOrEqual(512);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

function expectSound(error: AlbError): void {
  expect(error.code.length).toBeLessThanOrEqual(128);
  expect(error.message.length).toBeLessThanOrEqual(512);
  expect(error.requestId?.length ?? 1).toBeLessThanOrEqual(128);
  const wait = error.retryAfterMs ?? 0;
  expect(Number.isSafeInteger(wait) && wait >= 0 && wait <= 3_600_000).toBe(true);
  expect(isWellFormed(error)).toBe(true);
  expectNoSecret(JSON.stringify(error));
}

function expectNoSecret(text: string): void {
  for (const secret of SECRETS) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(encodeURIComponent(secret));
  }
}
