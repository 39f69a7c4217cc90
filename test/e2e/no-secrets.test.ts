import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { httpSpec, OperatorWorld, PLANTED_SECRETS } from '../support/operator-world.ts';

/** Every test file ends with this search. Here it looks for what certainly came out. */
describe('the search for secrets with which every end-to-end test ends', () => {
  it('finds one in the output, in the objects and events, and in the metrics', async () => {
    const world = await OperatorWorld.start();
    await world.apply('planted-name', httpSpec());
    await world.untilReady('planted-name');
    for (const planted of ['planted-name', 'runs as declared', 'alb_listener_operator_writes_total'])
      world.keepSecret(planted);
    const failure = await world.close().then(
      () => 'nothing found',
      (thrown: unknown) => String(thrown instanceof Error ? JSON.stringify(thrown) + thrown.message : thrown),
    );
    for (const leak of [
      'output: planted-…',
      'output: runs as …',
      'objects: planted-…',
      'events: planted-…',
      'metrics: alb_list…',
    ])
      expect(failure).toContain(leak);
  });
});

describe('what answers repeat of a request', () => {
  it('comes out nowhere: keys, the signature, and the token of the API server', async () => {
    const { accessKeyId, accessKeySecret, securityToken } = PLANTED_SECRETS;
    let token = '';
    await using world = await OperatorWorld.start({
      kubeconfig: async (own) => {
        const { users } = kubeconfig.parse(parse(await readFile(own, 'utf8')));
        token = users[0]?.user.token ?? '';
        return own;
      },
    });
    expect(token).not.toBe('');
    const query = `AccessKeyId=${accessKeyId}&SecurityToken=${securityToken}&Signature=c2lnbmF0dXJlcw%3D%3D`;
    const echo = [query, encodeURIComponent(query), accessKeySecret, `authorization: Bearer ${token}`];
    const rows = ['LTAI', 'query', 'signed', 'secret'].map((name, index) => ({
      name: name.toLowerCase(),
      port: 9000 + index,
      message: echo[index] ?? '',
    }));
    for (const { name, port, message } of rows) {
      await world.cloud.addFault({
        kind: 'error',
        operation: 'CreateListener',
        match: { ListenerPort: String(port) },
        code: 'InvalidParameter',
        message: `It was ${message} that came`,
      });
      await world.apply(name, httpSpec({ listenerPort: port }));
    }
    for (const { name } of rows) await world.untilReason(name, 'InvalidParameter');
  });
});

const kubeconfig = z.object({ users: z.array(z.object({ user: z.object({ token: z.string() }) })) });
