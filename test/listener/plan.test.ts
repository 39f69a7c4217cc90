import { describe, expect, it } from 'vitest';
import type { Memory } from '../../src/listener/memory.ts';
import { isAssociating, planFor } from '../../src/listener/plan.ts';
import type { ResolvedSpec } from '../../src/listener/schema/spec.ts';
import type { SeenListener } from '../../src/listener/seen-listener.ts';
import { SPEC, sampleListener } from './sample.ts';

interface Row {
  readonly reason: string;
  readonly spec?: Partial<ResolvedSpec>;
  readonly listener?: Partial<SeenListener>;
  readonly memory?: Memory;
  readonly calls: readonly string[];
  readonly differing?: readonly string[];
}

const HTTPS = {
  listenerProtocol: 'HTTPS',
  certificates: [{ certificateId: 'default' }],
} as const satisfies Partial<SeenListener>;

const acls = (aclType: 'White' | 'Black', ...ids: string[]): Partial<SeenListener> => ({
  aclConfig: { aclType, aclRelations: ids.map((aclId) => ({ aclId, status: 'Associated' })) },
});
const declaredAcls = (aclType: 'White' | 'Black', ...aclIds: string[]): Partial<ResolvedSpec> => ({
  aclConfig: { aclType, aclIds },
});
const certificates = (...ids: string[]): Partial<SeenListener> => ({
  ...HTTPS,
  additionalCertificates: ids.map((certificateId) => ({ certificateId, status: 'Associated' })),
});
const declaredCertificates = (standard: string, ...ids: string[]): Partial<ResolvedSpec> => ({
  listenerProtocol: 'HTTPS',
  certificates: [{ certificateId: standard }],
  additionalCertificates: ids.map((certificateId) => ({ certificateId })),
});
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`);

function planOf({ spec, listener, memory = {} }: Row) {
  return planFor({ ...SPEC, ...spec }, sampleListener(listener), memory);
}

/** The calls in words: `associateAcls White a b`. */
function callsOf(row: Row): readonly string[] {
  return planOf(row).steps.map((step) => {
    switch (step.call) {
      case 'update':
      case 'updateLogConfig':
        return [step.call, JSON.stringify(step.parameters)].join(' ');
      case 'associateAcls':
        return [step.call, step.aclType, ...step.aclIds].join(' ');
      case 'dissociateAcls':
        return [step.call, ...step.aclIds].join(' ');
      case 'associateCertificates':
      case 'dissociateCertificates':
        return [step.call, ...step.certificateIds].join(' ');
      case 'tag':
      case 'untag':
      case 'start':
      case 'stop':
        return step.call;
    }
  });
}

function check(row: Row): void {
  expect(callsOf(row)).toEqual(row.calls);
  if (row.differing !== undefined) {
    expect(planOf(row).differences.map(({ path }) => path)).toEqual(row.differing);
  }
}

describe('access control', () => {
  it.each<Row>([
    { reason: 'what no manifest has set belongs to others', listener: acls('White', 'a'), calls: [] },
    {
      reason: 'order means nothing',
      spec: declaredAcls('White', 'a', 'b'),
      listener: acls('White', 'b', 'a'),
      calls: [],
    },
    {
      reason: 'what an earlier manifest has set goes when it leaves the manifest',
      listener: acls('White', 'a'),
      memory: { managedAttachments: ['aclConfig'] },
      calls: ['dissociateAcls a'],
      differing: ['aclConfig.aclIds'],
    },
    {
      reason: 'left to others it stays, whoever has set it',
      spec: { ignoreFields: ['aclConfig'] },
      listener: acls('White', 'a'),
      memory: { managedAttachments: ['aclConfig'] },
      calls: [],
    },
    {
      reason: 'an empty list removes all, of whatever type',
      spec: declaredAcls('Black'),
      listener: acls('White', 'a', 'b'),
      calls: ['dissociateAcls a b'],
      differing: ['aclConfig.aclIds'],
    },
    {
      reason: 'the first ones, at once',
      spec: declaredAcls('White', 'a', 'b', 'c', 'd'),
      calls: ['associateAcls White a b c d'],
    },
    {
      reason: 'without the last White list everybody would get through: the new one comes first',
      spec: declaredAcls('White', 'b'),
      listener: acls('White', 'a'),
      calls: ['associateAcls White b', 'dissociateAcls a'],
    },
    {
      reason: 'while a White list stays, taking others away first lets nobody in',
      spec: declaredAcls('White', 'a', 'c'),
      listener: acls('White', 'a', 'b'),
      calls: ['dissociateAcls b', 'associateAcls White c'],
    },
    {
      reason: 'three White lists leave no room for others, so all but one go first',
      spec: declaredAcls('White', 'd', 'e', 'f'),
      listener: acls('White', 'a', 'b', 'c'),
      calls: ['dissociateAcls b c', 'associateAcls White d e', 'dissociateAcls a', 'associateAcls White f'],
    },
    {
      reason: 'new Black lists come before old ones go: nobody who is kept out gets in',
      spec: declaredAcls('Black', 'b'),
      listener: acls('Black', 'a'),
      calls: ['associateAcls Black b', 'dissociateAcls a'],
    },
    {
      reason: 'as far as there is room for both',
      spec: declaredAcls('Black', 'c', 'd'),
      listener: acls('Black', 'a', 'b'),
      calls: ['dissociateAcls b', 'associateAcls Black c d', 'dissociateAcls a'],
    },
    {
      reason: 'the cloud takes no second type while there is one of the first',
      spec: declaredAcls('Black', 'a', 'b'),
      listener: acls('White', 'a'),
      calls: ['dissociateAcls a', 'associateAcls Black a b'],
      differing: ['aclConfig.aclType', 'aclConfig.aclIds'],
    },
    {
      reason: 'a word nobody knows is not taken for done',
      spec: declaredAcls('White', 'a'),
      listener: { aclConfig: { aclType: 'White', aclRelations: [{ aclId: 'a', status: 'Broken' }] } },
      calls: ['associateAcls White a'],
      differing: ['aclConfig.aclIds'],
    },
  ])('$reason', check);
});

describe('additional certificates', () => {
  it.each<Row>([
    {
      reason: 'what no manifest has set belongs to others',
      spec: { listenerProtocol: 'HTTPS', certificates: [{ certificateId: 'default' }] },
      listener: certificates('a'),
      calls: [],
    },
    {
      reason: 'what an earlier manifest has set goes when it leaves the manifest',
      spec: { listenerProtocol: 'HTTPS', certificates: [{ certificateId: 'default' }] },
      listener: certificates('a'),
      memory: { managedAttachments: ['additionalCertificates'] },
      calls: ['dissociateCertificates a'],
      differing: ['additionalCertificates'],
    },
    {
      reason: 'not having looked does not mean that there are none',
      spec: declaredCertificates('default', 'a'),
      listener: HTTPS,
      calls: [],
    },
    {
      reason: 'a new one comes before an old one goes, so that no host is without',
      spec: declaredCertificates('default', 'b'),
      listener: certificates('a'),
      calls: ['associateCertificates b', 'dissociateCertificates a'],
    },
    {
      reason: 'a call takes fifteen',
      spec: declaredCertificates('default', ...numbered(20)),
      listener: certificates(),
      calls: [`associateCertificates ${numbered(15).join(' ')}`, 'associateCertificates c15 c16 c17 c18 c19'],
    },
    {
      reason: 'default and additional change places: a certificate is never both',
      spec: declaredCertificates('a', 'default', 'b'),
      listener: certificates('a', 'b'),
      calls: [
        'dissociateCertificates a',
        'update {"certificates":[{"certificateId":"a"}]}',
        'associateCertificates default',
      ],
      differing: ['certificates', 'additionalCertificates'],
    },
  ])('$reason', check);
});

describe('the access log', () => {
  it.each<Row>([
    { reason: 'off is the same as not being there', calls: [] },
    {
      reason: 'what was removed goes back to off',
      listener: {
        logConfig: {
          accessLogRecordCustomizedHeadersEnabled: true,
          accessLogTracingConfig: { tracingEnabled: true, tracingSample: 7 },
        },
      },
      calls: [
        'updateLogConfig {"accessLogRecordCustomizedHeadersEnabled":false,"accessLogTracingConfig":{"tracingEnabled":false}}',
      ],
      differing: [
        'logConfig.accessLogRecordCustomizedHeadersEnabled',
        'logConfig.accessLogTracingConfig.tracingEnabled',
      ],
    },
    {
      reason: 'a sample has no default: it counts only while it is declared',
      spec: { logConfig: { accessLogTracingConfig: { tracingEnabled: true } } },
      listener: {
        logConfig: {
          accessLogTracingConfig: { tracingEnabled: true, tracingSample: 7, tracingType: 'Zipkin' },
        },
      },
      calls: [],
    },
    {
      reason: 'tracing is sent whole, and what does not differ is not sent',
      spec: {
        logConfig: {
          accessLogRecordCustomizedHeadersEnabled: true,
          accessLogTracingConfig: { tracingEnabled: true, tracingSample: 8, tracingType: 'Zipkin' },
        },
      },
      listener: {
        logConfig: {
          accessLogRecordCustomizedHeadersEnabled: true,
          accessLogTracingConfig: { tracingEnabled: true, tracingSample: 7, tracingType: 'Zipkin' },
        },
      },
      calls: [
        'updateLogConfig {"accessLogTracingConfig":{"tracingEnabled":true,"tracingSample":8,"tracingType":"Zipkin"}}',
      ],
      differing: ['logConfig.accessLogTracingConfig.tracingSample'],
    },
    {
      reason: 'QUIC has no tracing to be turned off',
      spec: { listenerProtocol: 'QUIC' },
      listener: { logConfig: { accessLogTracingConfig: { tracingEnabled: true } } },
      calls: [],
    },
    {
      reason: 'left to others, one part does not hold back the other, and is sent as it is',
      spec: {
        logConfig: { accessLogTracingConfig: { tracingEnabled: true, tracingSample: 8 } },
        ignoreFields: [
          'logConfig.accessLogRecordCustomizedHeadersEnabled',
          'logConfig.accessLogTracingConfig.tracingSample',
        ],
      },
      listener: {
        logConfig: {
          accessLogRecordCustomizedHeadersEnabled: true,
          accessLogTracingConfig: { tracingEnabled: false, tracingSample: 7 },
        },
      },
      calls: ['updateLogConfig {"accessLogTracingConfig":{"tracingEnabled":true,"tracingSample":7}}'],
      differing: ['logConfig.accessLogTracingConfig.tracingEnabled'],
    },
  ])('$reason', check);
});

describe('the order of all calls', () => {
  const everything: Partial<ResolvedSpec> = {
    ...declaredCertificates('default', 'a'),
    ...declaredAcls('White', 'acl'),
    idleTimeout: 30,
    logConfig: { accessLogRecordCustomizedHeadersEnabled: true },
    tags: [{ key: 'env', value: 'prod' }],
  };
  const names = (row: Omit<Row, 'calls' | 'reason'>) =>
    callsOf({ ...row, reason: '', calls: [] }).map((call) => call.split(' ')[0]);
  const changes = ['associateAcls', 'update', 'associateCertificates', 'updateLogConfig', 'tag'];

  it('begins with who gets through', () => {
    expect(names({ spec: everything, listener: certificates() })).toEqual(changes);
  });

  it('has a stopped listener started first', () => {
    const listener = { ...certificates(), listenerStatus: 'Stopped' };
    expect(names({ spec: everything, listener })).toEqual(['start', ...changes]);
  });

  it('has a listener stopped last', () => {
    const spec: Partial<ResolvedSpec> = { ...everything, listenerState: 'Stopped' };
    expect(names({ spec, listener: certificates() })).toEqual([...changes, 'stop']);
  });

  it('makes room for tags first', () => {
    const listener = sampleListener({ tags: [{ key: 'old', value: '' }] });
    const spec: ResolvedSpec = { ...SPEC, tags: [{ key: 'new', value: '' }] };
    const { steps } = planFor(spec, listener, { managedTagKeys: ['old'] });
    expect(steps.map(({ call }) => call)).toEqual(['untag', 'tag']);
  });

  it('never takes the tags away that say whose the listener is, whoever has written that a manifest set them', () => {
    const managedTagKeys = sampleListener().tags.map(({ key }) => key);
    expect(managedTagKeys).not.toEqual([]);
    expect(planFor(SPEC, sampleListener(), { managedTagKeys })).toEqual({ differences: [], steps: [] });
  });
});

describe('an association on its way', () => {
  const declared = { ...SPEC, ...declaredAcls('White', 'a'), ...declaredCertificates('default', 'c') };

  it.each([
    { where: 'aclConfig', status: 'Associating' },
    { where: 'aclConfig', status: 'Dissociating' },
    { where: 'additionalCertificates', status: 'Associating' },
    { where: 'additionalCertificates', status: 'Diassociating' },
  ])('of $where, $status, is waited for although the listener runs', ({ where, status }) => {
    const listener = sampleListener(
      where === 'aclConfig'
        ? { aclConfig: { aclType: 'White', aclRelations: [{ aclId: 'a', status }] } }
        : { additionalCertificates: [{ certificateId: 'c', status }] },
    );
    expect(isAssociating(declared, listener, {})).toBe(true);
    expect(isAssociating(SPEC, listener, {}), 'not where it is left to others').toBe(false);
  });
});
