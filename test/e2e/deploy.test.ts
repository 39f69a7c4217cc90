import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ControlPlane } from '../../tools/control-plane/control-plane.ts';
import type { KubectlResult } from '../../tools/control-plane/kubectl.ts';
import { httpSpec, OperatorWorld } from '../support/operator-world.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
const NAMESPACE = 'alb-listener-operator';
const ACCOUNT = 'alb-listener-operator';

describe('the manifests of an installation', () => {
  let world: OperatorWorld;
  let applied: KubectlResult;
  beforeAll(async () => {
    world = await OperatorWorld.start({
      async kubeconfig(controlPlane) {
        // For real, not as a dry run: that refuses whatever is to be in a namespace that is not there yet.
        applied = await controlPlane.kubectl(['apply', '--server-side', '--validate=strict', '-k', DEPLOY]);
        return kubeconfigOfAccount(controlPlane);
      },
    });
  });
  afterAll(() => world.close());

  it('are accepted without a warning, which a pod that breaks the restricted profile would cause', () => {
    expect(applied.stderr).toBe('');
    expect(applied.code).toBe(0);
  });

  it('can be applied again, as a dry run too', async () => {
    const again = await world.controlPlane.kubectl([
      'apply',
      '--server-side',
      '--dry-run=server',
      '-k',
      DEPLOY,
    ]);
    expect(again).toMatchObject({ code: 0, stderr: '' });
  });

  it('allow the operator all it does in the life of a listener', async () => {
    await world.apply('web', httpSpec());
    await world.untilReady('web');
    await world.apply('web', httpSpec({ idleTimeout: 42 }));
    await world.untilReady('web');
    const deleted = await world.controlPlane.kubectl(['delete', 'alblistener', 'web', '--timeout=20s']);
    expect(deleted).toMatchObject({ code: 0 });

    const reasons = ['events.events.k8s.io', '-o', 'jsonpath={.items[*].reason}'];
    const events = await world.controlPlane.kubectl(['get', ...reasons]);
    expect(new Set(events.stdout.split(' '))).toEqual(
      new Set(['Provisioning', 'Running', 'Updating', 'Deleting']),
    );
    expect(world.operator.lines.filter((line) => /forbidden/i.test(line))).toEqual([]);
  });

  it.each([
    {
      verb: 'patch',
      resource: 'events.events.k8s.io',
      answer: 'yes',
      reason: 'A repeated event is counted up.',
    },
    { verb: 'get', resource: 'secrets', answer: 'no', reason: 'It gets its credentials as variables.' },
    { verb: 'delete', resource: 'alblisteners', answer: 'no', reason: 'Only users delete.' },
    { verb: 'create', resource: 'alblisteners', answer: 'no', reason: 'Only users create.' },
    {
      verb: 'update',
      resource: 'alblisteners',
      answer: 'no',
      reason: 'A whole-object write could undo edits.',
    },
  ])('$verb $resource: $answer. $reason', async ({ verb, resource, answer }) => {
    const as = `--as=system:serviceaccount:${NAMESPACE}:${ACCOUNT}`;
    const { stdout } = await world.controlPlane.kubectl([
      'auth',
      'can-i',
      verb,
      resource,
      as,
      '-n',
      'default',
    ]);
    expect(stdout.trim()).toBe(answer);
  });
});

/** Writes a kubeconfig that has the rights of the operator's service account and no others, and answers its path. */
async function kubeconfigOfAccount(controlPlane: ControlPlane): Promise<string> {
  const token = await controlPlane.kubectl(['create', 'token', ACCOUNT, '-n', NAMESPACE, '--duration=1h']);
  expect(token).toMatchObject({ code: 0 });
  const admin = z
    .looseObject({ users: z.array(z.looseObject({ user: z.unknown() })) })
    .parse(parse(await readFile(controlPlane.kubeconfigPath, 'utf8')));
  const users = admin.users.map((user) => ({ ...user, user: { token: token.stdout.trim() } }));
  const path = join(controlPlane.dataDirectory, 'kubeconfig-of-account');
  await writeFile(path, stringify({ ...admin, users }), { mode: 0o600 });
  return path;
}
