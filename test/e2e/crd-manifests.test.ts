import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ABSENT_FIELDS } from '../../tools/docs/absent-fields.ts';
import { badManifests, badSpec } from '../listener/schema/bad-manifests.ts';
import {
  fullManifests,
  fullSpecs,
  type Manifest,
  manifest,
  referringManifest,
} from '../support/full-manifests.ts';
import { fullStatus } from '../support/full-status.ts';
import { installCrds } from '../support/install-crds.ts';
import { matching } from '../support/matchers.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const namespace = 'crd-manifests';
const SAMPLES = fileURLToPath(new URL('../../deploy/samples/', import.meta.url));
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

  it.concurrent.each(ABSENT_FIELDS)('answers with `unknown field` for $tried', async ({ tried }) => {
    for (const path of tried) {
      const spec = withField(fullSpecs.HTTPS, path.split('.'));
      const { code, stderr } = await apply(manifest('unknown', spec));
      expect({ path, code }).toEqual({ path, code: 1 });
      expect(stderr).toContain(`unknown field "spec.${path.replaceAll('[]', '[0]')}"`);
    }
  });

  it.each([...Object.values(fullManifests), referringManifest])(
    'takes every field of $metadata.name and keeps it as it is',
    async (full) => {
      expect(await apply(full)).toMatchObject({ code: 0 });
      expect(await stored(full.metadata.name)).toEqual({
        spec: full.spec,
        status: { observedGeneration: -1 },
      });
    },
  );

  it.each(readdirSync(SAMPLES))('takes the sample %s without a warning', async (sample) => {
    const applied = await kubectl([
      'apply',
      `--namespace=${namespace}`,
      '--validate=strict',
      `--filename=${SAMPLES}${sample}`,
    ]);
    expect(applied).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    { field: 'loadBalancerId', edit: { loadBalancerId: 'alb-other' } },
    { field: 'listenerPort', edit: { listenerPort: 8443 } },
    { field: 'listenerProtocol', edit: { listenerProtocol: 'QUIC' } },
    { field: 'regionId', edit: { regionId: 'cn-beijing' } },
  ])(
    'takes an edit of $field until the creation has begun, and refuses it from then on',
    async ({ field, edit }) => {
      const name = `edited-${field.toLowerCase()}`;
      const first = { ...fullSpecs.QUIC, listenerProtocol: 'HTTPS', regionId: 'cn-hangzhou' };
      const second = { ...first, ...edit };
      for (const spec of [first, second, first])
        expect(await apply(manifest(name, spec))).toMatchObject({ code: 0 });

      const begun = { creation: { incarnation: 0, startedAt: '2026-01-02T03:04:05Z' } };
      const writeStatus = ['patch', 'albl', name, '--subresource=status', '--type=merge'];
      const patch = `--patch=${JSON.stringify({ status: begun })}`;
      expect(await kubectl([...writeStatus, `--namespace=${namespace}`, patch])).toMatchObject({ code: 0 });
      const { code, stderr } = await apply(manifest(name, second));
      expect(code).toBe(1);
      expect(stderr).toContain(`spec.${field}`);
      expect(stderr).toContain('restore the old value, or delete this AlbListener and create another');
    },
  );

  it('takes a reference in the place of an id and an id in the place of a reference', async () => {
    const { loadBalancerId, ...rest } = fullSpecs.HTTP;
    const { loadBalancerIdFrom } = referringManifest.spec;
    for (const identity of [{ loadBalancerId }, { loadBalancerIdFrom }, { loadBalancerId }]) {
      expect(await apply(manifest('by-reference', { ...rest, ...identity }))).toMatchObject({ code: 0 });
      expect(await stored('by-reference')).toMatchObject({ spec: identity });
    }
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
      credentialsSecretRef: { name: 'another' },
      regionId: 'cn-hangzhou',
    };
    expect(await apply({ ...created, spec: edited })).toMatchObject({ code: 0 });
  });
});

describe('server-side apply', () => {
  const name = 'shared';

  function applyAs(writer: string, spec: object, ...flags: readonly string[]) {
    const args = [
      'apply',
      `--namespace=${namespace}`,
      '--server-side',
      `--field-manager=${writer}`,
      ...flags,
    ];
    return kubectl([...args, '--filename=-'], { input: JSON.stringify(manifest(name, spec)) });
  }

  const forwardTo = (serverGroupId: string) => ({
    defaultActions: [
      { type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [{ serverGroupId }] } },
    ],
  });

  it('lets each writer have the certificates, lists and tags it adds', async () => {
    const added = (word: string) => ({
      additionalCertificates: [{ certificateId: `1${word.length}-cn-${word}` }],
      aclConfig: { aclType: 'Black', aclIds: [`acl-${word}`] },
      tags: [{ key: word, value: '' }],
    });
    const { tags, ...owner } = fullSpecs.HTTPS;
    expect(await applyAs('owner', { ...owner, ...added('shop') })).toMatchObject({ code: 0 });
    expect(await applyAs('security', added('guard'))).toMatchObject({ code: 0 });
    expect(await stored(name)).toMatchObject({
      spec: {
        additionalCertificates: [{ certificateId: '14-cn-shop' }, { certificateId: '15-cn-guard' }],
        aclConfig: { aclType: 'Black', aclIds: ['acl-shop', 'acl-guard'] },
        tags: [{ key: 'shop' }, { key: 'guard' }],
      },
    });
  });

  it('gives the server groups to one writer as a whole', async () => {
    expect(await applyAs('rollout', forwardTo('sgp-green'))).toMatchObject({
      code: 1,
      stderr: matching('conflict.*defaultActions'),
    });
    expect(await applyAs('rollout', forwardTo('sgp-green'), '--force-conflicts')).toMatchObject({ code: 0 });
    expect(await stored(name)).toMatchObject({ spec: forwardTo('sgp-green') });
  });
});

async function stored(name: string) {
  const { stdout } = await kubectl(['get', 'albl', name, `--namespace=${namespace}`, '--output=json']);
  return z.object({ spec: z.unknown(), status: z.unknown() }).parse(JSON.parse(stdout));
}

/** The value with one field more; a part of the path that ends with `[]` is the first item of a list. */
function withField(value: unknown, [part = '', ...rest]: readonly string[]): Record<string, unknown> {
  const fields = z.record(z.string(), z.unknown()).parse(value);
  if (rest.length === 0) return { ...fields, [part]: 'tried' };
  if (!part.endsWith('[]')) return { ...fields, [part]: withField(fields[part], rest) };
  const name = part.replace('[]', '');
  const [first, ...others] = z.array(z.unknown()).parse(fields[name]);
  return { ...fields, [name]: [withField(first, rest), ...others] };
}
