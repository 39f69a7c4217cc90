import { rootCertificates } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import type { KubeConnection, TlsMaterial } from '../../src/runtime/kubernetes/connection.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { eventually } from '../support/eventually.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const { url, kubeconfigPath } = sharedControlPlane();
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const get = { method: 'GET', path: CONFIG_MAPS, query: { limit: '1' } } as const;

let proxy: TcpProxy;
const opened: Transport[] = [];

beforeEach(async () => {
  proxy = await startTcpProxy(Number(new URL(url).port));
});

afterEach(async () => {
  await proxy.close();
});

afterAll(async () => {
  await Promise.all(opened.map(async (transport) => transport.close()));
});

function newTransport(clock = systemClock, tls: () => TlsMaterial = () => ({})): Transport {
  const real = connectionOf(kubeconfigPath, proxy.port);
  const connection: KubeConnection = {
    server: real.server,
    async credentials() {
      const { headers, tls: files } = await real.credentials();
      return { headers, tls: { ...files, ...tls() } };
    },
  };
  const transport = new Transport({ connection, userAgent: 'the-tests', clock });
  opened.push(transport);
  return transport;
}

/** Opens a watch and waits until it has told of everything there is. */
async function openWatch(transport: Transport, signal: AbortSignal) {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  };
  const lines = transport.watch({ path: CONFIG_MAPS, query, limitMs: 60_000, signal });
  const first = await lines.next();
  expect(first.value?.ok).toBe(true);
  return lines;
}

describe('the connection to a real API server', () => {
  it('is one, for 20 watches, 200 requests one after another and 40 at once', async () => {
    const transport = newTransport();
    const stop = new AbortController();
    await Promise.all(Array.from({ length: 20 }, async () => openWatch(transport, stop.signal)));
    for (let n = 0; n < 200; n += 1) expect((await transport.request(get)).ok).toBe(true);
    expect(proxy.stats().accepted).toBe(1);
    const atOnce = await Promise.all(Array.from({ length: 40 }, async () => transport.request(get)));
    expect(atOnce.every((answer) => answer.ok)).toBe(true);
    expect(proxy.stats().accepted).toBe(1);
    stop.abort();
  });

  it('is made anew with a CA that was replaced, and watches on the old one go on', async () => {
    const clock = new VirtualClock();
    const [foreign = ''] = rootCertificates;
    let tls: TlsMaterial = { ca: foreign };
    const transport = newTransport(clock, () => tls);
    expect(await transport.request(get)).toMatchObject({ ok: false, error: { kind: 'connection' } });

    tls = {};
    await clock.advance(10_000);
    expect((await transport.request(get)).ok).toBe(true);
    const { accepted } = proxy.stats();
    const stop = new AbortController();
    const watch = await openWatch(transport, stop.signal);

    tls = { servername: 'kubernetes.default.svc' };
    await clock.advance(10_000);
    await transport.request(get);
    expect(proxy.stats().accepted).toBe(accepted + 1);

    const name = 'made-after-the-ca-was-replaced';
    const next = watch.next();
    await transport.request({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name } } });
    expect((await next).value?.ok).toBe(true);
    await transport.request({ method: 'DELETE', path: `${CONFIG_MAPS}/${name}` });
    stop.abort();
    await watch.return();
  });

  it('is replaced after a timeout, so that one that was cut silently costs one deadline only', async () => {
    const transport = newTransport();
    expect((await transport.request(get)).ok).toBe(true);
    proxy.freeze();
    expect(await transport.request({ ...get, deadlineMs: 500 })).toMatchObject({
      error: { kind: 'timeout' },
    });
    expect(proxy.stats().accepted).toBe(1);
    const next = transport.request({ ...get, deadlineMs: 10_000 });
    await eventually('a new connection', () => proxy.stats().accepted === 2);
    proxy.resume();
    expect((await next).ok).toBe(true);
  });
});
