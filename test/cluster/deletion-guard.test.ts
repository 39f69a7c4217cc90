import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeletionGuard } from '../../src/cluster/deletion-guard.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { matching } from '../support/matchers.ts';
import { type RecordingLogger, recordingLogger } from '../support/recording-logger.ts';
import type { Answer, ScriptedServer } from '../support/scripted-server.ts';
import { json, reset, startScriptedServer } from '../support/scripted-server.ts';

const NAMESPACE = '/api/v1/namespaces/shop';
const DEFINITION =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/alblisteners.alb.alibabacloud.com';
const LISTENER = '/apis/alb.alibabacloud.com/v1alpha1/namespaces/shop/alblisteners/web';
const DELETED = '2026-01-02T10:00:01Z';
const BEFORE = '2026-01-02T10:00:00Z';
const AFTER = '2026-01-02T10:00:02Z';

describe('DeletionGuard', () => {
  let server: ScriptedServer;
  let transport: Transport;
  let logger: RecordingLogger;
  let guard: DeletionGuard;
  beforeEach(async () => {
    server = await startScriptedServer();
    const connection = { server: server.url, credentials: async () => ({ headers: {}, tls: {} }) };
    transport = new Transport({ connection, userAgent: 'the-tests', clock: systemClock });
    logger = recordingLogger();
    guard = new DeletionGuard(transport, logger);
    server.at(LISTENER, json(listener(false)));
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  it.each<{
    reason: string;
    allowed?: boolean;
    namespace?: Answer;
    definition?: Answer;
    sweep: object;
  }>([
    { reason: 'the object alone was deleted', sweep: { of: 'object' } },
    {
      reason: 'the namespace was deleted first',
      namespace: scope({ deletedAt: BEFORE }),
      sweep: { of: 'namespace' },
    },
    {
      reason: 'who was first within one second cannot be told, and to ask harms nobody',
      namespace: scope({ deletedAt: DELETED }),
      sweep: { of: 'namespace' },
    },
    {
      reason: 'the object was deleted before its namespace',
      namespace: scope({ deletedAt: AFTER }),
      sweep: { of: 'object' },
    },
    {
      reason: 'the CRD was deleted first',
      definition: scope({ deletedAt: BEFORE }),
      sweep: { of: 'definition' },
    },
    {
      reason: 'the object itself allows it',
      allowed: true,
      definition: scope({ deletedAt: BEFORE }),
      sweep: { of: 'object' },
    },
    {
      reason: 'the namespace allows it, whatever sweeps',
      namespace: scope({ allowing: 'true' }),
      definition: scope({ deletedAt: BEFORE }),
      sweep: { of: 'object' },
    },
    {
      reason: 'only "true" allows it',
      namespace: scope({ deletedAt: BEFORE, allowing: 'false' }),
      sweep: { of: 'namespace' },
    },
    {
      reason: 'without an answer nothing is known, since the CRD may say more than the namespace does',
      namespace: scope({ deletedAt: BEFORE }),
      definition: reset,
      sweep: { of: 'unknown', message: matching(/API server/) },
    },
    {
      reason: 'where the namespace may not be read, the CRD still counts',
      namespace: json({ kind: 'Status', code: 403, message: 'namespaces is forbidden' }, 403),
      definition: scope({ deletedAt: BEFORE }),
      sweep: { of: 'definition' },
    },
  ])('$sweep.of: $reason', async ({ allowed, namespace = scope(), definition = scope(), sweep }) => {
    server.at(NAMESPACE, namespace);
    server.at(DEFINITION, definition);
    expect(await guard.sweep(listener(allowed === true))).toEqual(sweep);
  });

  it.each<{ reason: string; now: Answer; allowed?: boolean }>([
    {
      reason: 'a restore of etcd has undone the deletion',
      now: json(listener(false, { deletedAt: undefined })),
    },
    {
      reason: 'what the annotation allows is a deletion, and there is none any more',
      allowed: true,
      now: json(listener(true, { deletedAt: undefined })),
    },
    {
      reason: 'a restore has undone the deletion, and its namespace has been deleted since',
      now: json(listener(false, { deletedAt: AFTER })),
    },
    {
      reason: 'another object has its name by now',
      now: json(listener(false, { uid: 'uid-of-successor', deletedAt: DELETED })),
    },
    { reason: 'it is gone', now: json({ kind: 'Status', code: 404, message: 'not found' }, 404) },
    { reason: 'the API server does not answer', now: reset },
  ])('unknown: $reason', async ({ now, allowed = false }) => {
    server.at(NAMESPACE, scope());
    server.at(DEFINITION, scope());
    server.at(LISTENER, now);
    expect(await guard.sweep(listener(allowed))).toEqual({ of: 'unknown', message: matching(/API server/) });
  });

  it('lets deletions pass where it may read nothing, and says once that it is off', async () => {
    server.otherwise(json({ kind: 'Status', code: 403, message: 'forbidden' }, 403));
    expect(await guard.sweep(listener(false))).toEqual({ of: 'object' });
    expect(await guard.sweep(listener(false))).toEqual({ of: 'object' });
    const said = logger.lines.map(({ level, fields }) => ({ level, ...fields }));
    expect(said).toMatchObject([
      { level: 'warn', scope: 'definition' },
      { level: 'warn', scope: 'namespace' },
    ]);
  });
});

interface ScopeParts {
  readonly deletedAt?: string;
  readonly allowing?: string;
}

/** An answer with a namespace or a CRD; for the guard they are alike. */
function scope({ deletedAt, allowing }: ScopeParts = {}): Answer {
  return json({
    apiVersion: 'v1',
    kind: 'Scope',
    metadata: {
      name: 'scope',
      uid: 'uid-of-scope',
      resourceVersion: '1',
      ...(deletedAt !== undefined && { deletionTimestamp: deletedAt }),
      ...(allowing !== undefined && { annotations: { 'alb.alibabacloud.com/allow-deletion': allowing } }),
    },
  });
}

interface ListenerParts {
  readonly uid?: string;
  readonly deletedAt?: string | undefined;
}

function listener(
  allowed: boolean,
  { uid = 'uid-of-web', ...parts }: ListenerParts = { deletedAt: DELETED },
): KubeObject {
  const { deletedAt } = parts;
  return {
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: {
      namespace: 'shop',
      name: 'web',
      uid,
      resourceVersion: '7',
      ...(deletedAt !== undefined && { deletionTimestamp: deletedAt }),
      ...(allowed && { annotations: { 'alb.alibabacloud.com/allow-deletion': 'true' } }),
    },
  };
}
