import { describe, expect, it } from 'vitest';
import { DeletionGuard } from '../../../src/cluster/deletion-guard.ts';
import { EventRecorder } from '../../../src/runtime/event-recorder.ts';
import { ResourceClient } from '../../../src/runtime/kubernetes/resource-client.ts';
import { collectionPath, objectPath } from '../../../src/runtime/kubernetes/resource-type.ts';
import { type KubeObject, objectKey } from '../../../src/runtime/object.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { apiContact } from '../../support/api-contact.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ApiServer } from './api-server.ts';
import { ALB_LISTENERS, DEFINITIONS, NAMESPACES, type Resource } from './resources.ts';

const NAMESPACE = 'shop';
const DEFINITION = 'alblisteners.alb.alibabacloud.com';

const clock = new VirtualClock();
const random = seededRandom(1);

function serverWithNamespace(): ApiServer {
  const server = new ApiServer({ clock, random });
  create(server, NAMESPACES, undefined, NAMESPACE);
  create(server, DEFINITIONS, undefined, DEFINITION);
  return server;
}

function create(server: ApiServer, { type }: Resource, namespace: string | undefined, name: string): void {
  const body = { metadata: { name, finalizers: ['test.example.com/held'] } };
  server.handle({ method: 'POST', path: collectionPath(type, namespace), body });
}

function remove(server: ApiServer, { type }: Resource, namespace: string | undefined, name: string): void {
  server.handle({ method: 'DELETE', path: objectPath(type, objectKey(namespace, name)) });
}

async function readListener(server: ApiServer): Promise<KubeObject> {
  const read = await new ResourceClient(server, ALB_LISTENERS.type).get(objectKey(NAMESPACE, 'web'));
  if (read.outcome !== 'found') throw new Error('the listener is not there');
  return read.object;
}

describe('on the model of the API server', () => {
  it('the recorder tells an event once, and then counts', async () => {
    const server = serverWithNamespace();
    create(server, ALB_LISTENERS, NAMESPACE, 'web');
    const recorder = new EventRecorder({
      transport: server,
      reportingController: 'test.example.com/operator',
      reportingInstance: 'one',
      clock,
      random,
      contact: apiContact({ clock, logger: recordingLogger() }),
      logger: recordingLogger(),
    });
    const event = { type: 'Normal', reason: 'Created', action: 'Create', note: 'It is there.' } as const;
    const about = await readListener(server);
    recorder.record(about, event);
    recorder.record(about, event);
    recorder.record(about, { ...event, reason: 'Running' });
    await recorder.flush();
    expect(server.events).toMatchObject([
      { reason: 'Created', regarding: { name: 'web' }, series: { count: 2 } },
      { reason: 'Running' },
    ]);
  });

  it.each([
    { scope: 'namespace', resource: NAMESPACES, name: NAMESPACE },
    { scope: 'definition', resource: DEFINITIONS, name: DEFINITION },
  ])('the deletion guard sees that a deletion comes from that of the $scope', async (row) => {
    const server = serverWithNamespace();
    create(server, ALB_LISTENERS, NAMESPACE, 'web');
    const guard = new DeletionGuard(server, recordingLogger());

    remove(server, ALB_LISTENERS, NAMESPACE, 'web');
    expect(await guard.sweep(await readListener(server))).toEqual({ of: 'object' });
    remove(server, row.resource, undefined, row.name);
    expect(await guard.sweep(await readListener(server))).toEqual({ of: row.scope });
  });
});
