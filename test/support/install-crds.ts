import { expect, vi } from 'vitest';
import type { Kubectl } from '../../tools/control-plane/kubectl.ts';

const crds = new URL('../../crds', import.meta.url).pathname;

/** Installs our CRD and waits until the API server serves it. May be called by many test files at once. */
export async function installCrds(kubectl: Kubectl): Promise<void> {
  const applied = await kubectl(['apply', '--server-side', '--force-conflicts', `--filename=${crds}`]);
  expect(applied).toMatchObject({ code: 0 });
  await kubectl(['wait', '--for=condition=Established', '--timeout=120s', `--filename=${crds}`]);
  await vi.waitFor(
    async () => expect(await kubectl(['get', 'alblisteners'])).toMatchObject({ code: 0 }),
    30_000,
  );
}
