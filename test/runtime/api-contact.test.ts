import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiContact } from '../../src/runtime/api-contact.ts';
import type { ApiError } from '../../src/runtime/kubernetes/api-error.ts';
import type { Asked } from '../../src/runtime/kubernetes/explain-api-error.ts';
import { apiContact } from '../support/api-contact.ts';
import { type RecordingLogger, recordingLogger } from '../support/recording-logger.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const LISTENERS = { group: 'alb.alibabacloud.com', version: 'v1alpha1', plural: 'alblisteners' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
const LIST: Asked = { verb: 'list', type: LISTENERS, where: 'all' };
const WATCH: Asked = { verb: 'watch', type: LISTENERS, where: 'all' };
const LEASE: Asked = { verb: 'get', type: LEASES, where: { namespace: 'ops' } };
const REFUSED: ApiError = { kind: 'connection', message: '', code: 'ECONNREFUSED' };
const CUT: ApiError = { kind: 'connection', message: '', code: 'ECONNRESET' };

let clock: VirtualClock;
let logger: RecordingLogger;
let contact: ApiContact;

beforeEach(() => {
  clock = new VirtualClock();
  logger = recordingLogger();
  contact = apiContact({ clock, logger });
});

function forbidden({ verb, type: { plural, group } }: Asked): ApiError {
  const message = `${plural}.${group} is forbidden: User "dave" cannot ${verb} resource "${plural}" in API group "${group}" at the cluster scope`;
  return { kind: 'forbidden', status: 403, reason: 'Forbidden', message };
}

/** What is said aloud, by its level and first words. */
function said(): string[] {
  return logger.lines
    .filter(({ level }) => level !== 'debug')
    .map(({ level, message }) => `${level}: ${message.split(/ https|: /)[0]}`);
}

describe('what is wrong with the API server is said', () => {
  it('once while it lasts, again every ten minutes, and once when it is over', async () => {
    contact.succeeded(LIST);
    for (let attempt = 0; attempt < 150; attempt += 1) {
      contact.failed(LIST, REFUSED);
      await clock.advance(10_000);
    }
    contact.succeeded(LIST);
    const lost = 'warn: lost touch with the API server';
    expect(said()).toEqual([lost, lost, lost, 'info: in touch with the API server']);
    expect(logger.lines.filter(({ level }) => level === 'debug')).toHaveLength(147);
  });

  it('once for all who meet it, and is over when the last of them has come out of it', () => {
    contact.succeeded(LIST);
    contact.failed(LIST, REFUSED);
    contact.failed(LEASE, REFUSED);
    contact.succeeded(LEASE);
    expect(said()).toHaveLength(1);
    contact.succeeded(LIST);
    expect(said()).toEqual(['warn: lost touch with the API server', 'info: in touch with the API server']);
  });

  it('as over although a part that met it has stopped asking', async () => {
    contact.succeeded(LIST);
    contact.failed(LIST, REFUSED);
    contact.failed(LEASE, REFUSED);
    contact.succeeded(LIST);
    expect(said()).toHaveLength(1);
    await clock.advance(121_000);
    contact.succeeded(LIST);
    expect(said().at(-1)).toBe('info: in touch with the API server');
  });

  it('as never reached until it was', () => {
    contact.failed(LIST, REFUSED);
    expect(said()).toEqual(['warn: cannot reach the API server']);
  });

  it('anew when something else goes wrong, without an end in between', () => {
    contact.succeeded(LIST);
    for (const error of [REFUSED, CUT]) contact.failed(LIST, error);
    expect(said()).toHaveLength(2);
    expect(logger.lines.map(({ message }) => message).join()).toContain('ECONNRESET');
  });

  it('of one verb as long as that one fails, whatever the others do', () => {
    for (let round = 0; round < 3; round += 1) {
      contact.succeeded(LIST);
      contact.failed(WATCH, forbidden(WATCH));
    }
    expect(said()).toEqual([
      'warn: user dave may not watch alblisteners.alb.alibabacloud.com in all namespaces at the API server',
    ]);
    contact.succeeded(WATCH);
    expect(said().at(-1)).toBe('info: the API server now answers');
  });

  it('as over when a refusal comes: that is an answer', () => {
    contact.succeeded(LIST);
    contact.failed(LIST, REFUSED);
    contact.failed(LIST, forbidden(LIST));
    expect(said().map((line) => line.slice(0, 16))).toEqual([
      'warn: lost touch',
      'info: in touch w',
      'warn: user dave ',
    ]);
  });
});
