import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { badManifests, badSpec } from '../listener/schema/bad-manifests.ts';
import { fullManifests, fullSpecs, type Manifest, manifest } from '../support/full-manifests.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds } from '../support/install-crds.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const namespace = 'crd-manifests';
const { kubectl } = sharedControlPlane();

function apply(object: Manifest) {
  return kubectl(['apply', `--namespace=${namespace}`, '--filename=-'], { input: JSON.stringify(object) });
}

beforeAll(async () => {
  await installCrds(kubectl);
  await kubectl(['create', 'namespace', namespace]);
});

describe('the status', () => {
  it('keeps every field the operator writes', async () => {
    const created = manifest('with-status', fullSpecs.HTTP);
    expect(await apply(created)).toMatchObject({ code: 0 });
    const { stdout } = await kubectl([
      'patch',
      'albl',
      created.metadata.name,
      `--namespace=${namespace}`,
      '--subresource=status',
      '--type=merge',
      `--patch=${JSON.stringify({ status: fullStatus })}`,
      '--output=json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ status: fullStatus });
  });
});

describe('kubectl apply', () => {
  it('refuses 80 bad manifests and more', () => {
    expect(badManifests.length).toBeGreaterThanOrEqual(80);
  });

  it.concurrent.each(badManifests)('refuses a manifest, since $reason: $field', async (bad) => {
    const { code, stderr } = await apply(manifest('bad', badSpec(bad)));
    expect(code).toBe(1);
    expect(stderr).toContain(bad.field);
    expect(stderr.toLowerCase()).toContain(bad.remedy.toLowerCase());
  });

  it.each(Object.entries(fullManifests))('takes every field of %s and keeps it as it is', async (_, full) => {
    expect(await apply(full)).toMatchObject({ code: 0 });
    const { stdout } = await kubectl([
      'get',
      'albl',
      full.metadata.name,
      `--namespace=${namespace}`,
      '--output=json',
    ]);
    const stored = z.object({ spec: z.unknown(), status: z.unknown() }).parse(JSON.parse(stdout));
    expect(stored).toEqual({ spec: full.spec, status: { observedGeneration: -1 } });
  });

  it.each([
    { field: 'loadBalancerId', edit: { loadBalancerId: 'alb-other' } },
    { field: 'listenerPort', edit: { listenerPort: 8443 } },
    { field: 'listenerProtocol', edit: { listenerProtocol: 'QUIC' } },
  ])('refuses an edit of $field', async ({ field, edit }) => {
    const created = manifest(`edited-${field.toLowerCase()}`, {
      ...fullSpecs.QUIC,
      listenerProtocol: 'HTTPS',
    });
    expect(await apply(created)).toMatchObject({ code: 0 });
    const { code, stderr } = await apply({ ...created, spec: { ...created.spec, ...edit } });
    expect(code).toBe(1);
    expect(stderr).toContain(`spec.${field}`);
    expect(stderr).toContain('restore the old value, or delete this AlbListener and create another');
  });

  it.each([
    { reason: 'a listener may be adopted later', adopt: { listenerId: 'lsn-1' } },
    { reason: 'an id may have been mistyped', adopt: { listenerId: 'lsn-2' } },
    { reason: 'an adoption that is done need not be told for ever', adopt: undefined },
  ])('takes an edit of adopt, since $reason', async ({ adopt }) => {
    const created = manifest('adopting', { ...fullSpecs.HTTP, ...(adopt && { adopt }) });
    expect(await apply(created)).toMatchObject({ code: 0 });
  });

  it('takes an edit of every other field', async () => {
    const created = manifest('edited', { ...fullSpecs.HTTP });
    expect(await apply(created)).toMatchObject({ code: 0 });
    const { xForwardedForConfig: _, tags: __, ...rest } = fullSpecs.HTTP;
    const edited = {
      ...rest,
      requestTimeout: 3600,
      idleTimeout: 1,
      gzipEnabled: true,
      listenerDescription: 'new',
    };
    expect(await apply({ ...created, spec: edited })).toMatchObject({ code: 0 });
  });
});
