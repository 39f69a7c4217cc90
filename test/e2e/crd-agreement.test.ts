import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { Pool } from 'undici';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { readSpec } from '../../src/listener/schema/spec.ts';
import { anySpec } from '../listener/schema/generated-specs.ts';
import { manifest } from '../support/full-manifests.ts';
import { installCrds } from '../support/install-crds.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const SPECS = 10_000;
const IN_FLIGHT = 8;

const { kubectl, kubeconfigPath, url } = sharedControlPlane();

beforeAll(() => installCrds(kubectl));

it(`judges ${SPECS} generated specs as the API server does, and reads from them what it stores`, async () => {
  const seed = Date.now() % 2 ** 31;
  const specs = fc.sample(anySpec, { numRuns: SPECS, seed });
  const started = performance.now();
  const verdicts = await dryRunAll(specs);
  const seconds = Math.round((performance.now() - started) / 1000);

  const disagreements = specs.flatMap((spec, index) => {
    const ours = readSpec(spec);
    const theirs = verdicts[index];
    return isDeepStrictEqual(ours.ok ? ours.spec : undefined, theirs?.spec)
      ? []
      : [{ seed, spec, ours, theirs }];
  });
  expect(disagreements.slice(0, 3)).toEqual([]);

  const accepted = verdicts.filter((verdict) => verdict.spec !== undefined).length;
  console.log(
    `${SPECS} specs judged in ${seconds} s (seed ${seed}): ${accepted} accepted, ${SPECS - accepted} refused`,
  );
  expect(accepted).toBeGreaterThanOrEqual(SPECS * 0.2);
  expect(SPECS - accepted).toBeGreaterThanOrEqual(SPECS * 0.2);
});

interface Verdict {
  /** What would be stored; absent when the spec is refused. */
  readonly spec?: unknown;
  readonly answer: string;
}

const stored = z.object({ spec: z.unknown() });

/** The verdicts of the API server in the order of the specs, asked over a few connections that stay open. */
async function dryRunAll(specs: readonly unknown[]): Promise<Verdict[]> {
  const { ca, token } = credentials();
  const pool = new Pool(url, { connect: { ca }, connections: IN_FLIGHT });
  const verdicts: Verdict[] = [];
  const queue = specs.entries();
  const worker = async () => {
    for (const [index, spec] of queue) verdicts[index] = await dryRun(pool, token, spec);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  await pool.close();
  return verdicts;
}

async function dryRun(pool: Pool, token: string, spec: unknown): Promise<Verdict> {
  const { statusCode, body } = await pool.request({
    path: `/apis/${GROUP}/${VERSION}/namespaces/default/${PLURAL}?dryRun=All&fieldValidation=Strict`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(manifest('generated', spec)),
  });
  const answer = await body.text();
  if (statusCode === 201) return { spec: stored.parse(JSON.parse(answer)).spec, answer };
  if (statusCode === 400 || statusCode === 422) return { answer };
  throw new Error(`kube-apiserver answered ${statusCode}: ${answer}`);
}

/** How the kubeconfig file says to talk to the API server. */
function credentials() {
  const kubeconfig = z.object({
    clusters: z.tuple([z.object({ cluster: z.object({ 'certificate-authority-data': z.base64() }) })]),
    users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
  });
  const {
    clusters: [{ cluster }],
    users: [{ user }],
  } = kubeconfig.parse(parse(readFileSync(kubeconfigPath, 'utf8')));
  return { ca: Buffer.from(cluster['certificate-authority-data'], 'base64'), token: user.token };
}
