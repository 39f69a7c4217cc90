import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/runtime/clock.ts';
import { Elector } from '../../src/runtime/elector.ts';
import { LEASES } from '../../src/runtime/kubernetes/lease.ts';
import { objectPath } from '../../src/runtime/kubernetes/resource-type.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { objectKey } from '../../src/runtime/object.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { apiContact } from '../support/api-contact.ts';
import { eventually } from '../support/eventually.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const { url, kubeconfigPath } = sharedControlPlane();
const LEASE = objectKey('default', 'elector-over-a-dead-connection');

let proxy: TcpProxy;
let transport: Transport;

beforeEach(async () => {
  proxy = await startTcpProxy(Number(new URL(url).port));
  transport = new Transport({
    connection: connectionOf(kubeconfigPath, proxy.port),
    userAgent: 'the-tests',
    clock: systemClock,
  });
});

afterEach(async () => {
  await transport.close();
  await proxy.close();
});

it('leads on when its connection to a real API server dies without notice: it renews over a new one', async () => {
  const elector = new Elector({
    lease: LEASE,
    identity: 'one',
    transport,
    clock: systemClock,
    random: systemRandom,
    contact: apiContact({ clock: systemClock, logger: recordingLogger() }),
    logger: recordingLogger(),
  });
  const stop = new AbortController();
  await elector.acquire(stop.signal);
  const kept = elector.keep(stop.signal);

  proxy.freezeOpen();
  const { resourceVersion } = (await lease()).metadata;
  await eventually(
    'a renewal over another connection',
    async () => (await lease()).metadata.resourceVersion !== resourceVersion,
  );
  expect(elector.isLeading).toBe(true);

  stop.abort();
  await kept;
  await elector.release();
  expect((await lease()).spec.holderIdentity).toBe('');
});

const shape = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ holderIdentity: z.string() }),
});

/** As it is on the server, read over a connection that nothing happens to. */
async function lease(): Promise<z.infer<typeof shape>> {
  const other = new Transport({
    connection: connectionOf(kubeconfigPath),
    userAgent: 'the-tests',
    clock: systemClock,
  });
  const answer = await other.request({ method: 'GET', path: objectPath(LEASES, LEASE) });
  await other.close();
  if (!answer.ok) throw new Error(answer.error.message);
  return shape.parse(answer.body);
}
