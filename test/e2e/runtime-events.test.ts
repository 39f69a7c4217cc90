import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/runtime/clock.ts';
import { EventRecorder } from '../../src/runtime/event-recorder.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { objectKey, parseObject } from '../../src/runtime/object.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { apiContact } from '../support/api-contact.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const NAMESPACE = 'runtime-events';
const { kubeconfigPath } = sharedControlPlane();
const transport = new Transport({
  connection: connectionOf(kubeconfigPath),
  userAgent: 'the-tests',
  clock: systemClock,
});
const logger = recordingLogger();
const recorder = new EventRecorder({
  transport,
  reportingController: 'runtime.example.com/operator',
  reportingInstance: 'operator-0',
  clock: systemClock,
  random: systemRandom,
  contact: apiContact({ clock: systemClock, logger }),
  logger,
});

beforeAll(async () => {
  await transport.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: NAMESPACE } },
  });
});

afterAll(async () => {
  await transport.close();
});

const eventList = z.object({
  items: z.array(
    z.object({ note: z.string(), series: z.unknown().optional(), regarding: z.looseObject({}) }),
  ),
});

async function eventsIn(namespace: string, uid: string) {
  const answer = await transport.request({
    method: 'GET',
    path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  });
  const { items } = eventList.parse(answer.ok ? answer.body : undefined);
  const about = items.filter((event) => event.regarding['uid'] === uid);
  return about.sort((a, b) => a.note.localeCompare(b.note));
}

async function newConfigMap(name: string): Promise<KubeObject> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  const answer = await transport.request({ method: 'POST', path, body });
  const object = parseObject(answer.ok ? answer.body : undefined);
  if (object === undefined) throw new Error(JSON.stringify(answer));
  return object;
}

it('writes events a real API server accepts: one object for a repeated event, with its count', async () => {
  const about = await newConfigMap('a');
  const event = {
    type: 'Warning',
    reason: 'Refused',
    action: 'Create',
    note: `the cloud said no ${'é'.repeat(600)}`,
  } as const;
  for (let n = 0; n < 3; n += 1) recorder.record(about, event);
  recorder.record(about, { ...event, type: 'Normal', note: 'what else' });
  await recorder.flush();
  expect(logger.lines).toEqual([]);
  expect(await eventsIn(NAMESPACE, about.metadata.uid)).toMatchObject([
    { series: { count: 3 }, regarding: { kind: 'ConfigMap', name: 'a', namespace: NAMESPACE } },
    { note: 'what else' },
  ]);
});

it('writes events of a cluster-scoped object to the default namespace', async () => {
  const namespaces = new ResourceClient(transport, { group: '', version: 'v1', plural: 'namespaces' });
  const answer = await namespaces.get(objectKey(undefined, NAMESPACE));
  if (answer.outcome !== 'found') throw new Error(JSON.stringify(answer));
  recorder.record(answer.object, { type: 'Normal', reason: 'Seen', action: 'Look', note: 'it is there' });
  await recorder.flush();
  expect(logger.lines).toEqual([]);
  expect(await eventsIn('default', answer.object.metadata.uid)).toHaveLength(1);
});
