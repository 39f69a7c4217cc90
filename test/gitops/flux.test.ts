import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { GROUP, PLURAL } from '../../src/listener/schema/resource.ts';

const kustomization = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    dependsOn: z.array(z.object({ name: z.string() })).optional(),
    wait: z.boolean().optional(),
    healthChecks: z.array(z.object({ kind: z.string(), name: z.string() })).optional(),
  }),
});

it('the Flux example has the CRD and the operator there before the listeners, and waits for those', () => {
  const text = readFileSync('deploy/flux/kustomizations.yaml', 'utf8');
  const [operator, listeners] = parseAllDocuments(text).map((document) =>
    kustomization.parse(document.toJS()),
  );
  expect(readdirSync('crds').join()).toContain(PLURAL);
  expect(operator?.spec.healthChecks).toEqual([
    { kind: 'CustomResourceDefinition', name: `${PLURAL}.${GROUP}` },
    { kind: 'Deployment', name: 'alb-listener-operator' },
  ]);
  expect(listeners?.spec).toMatchObject({ wait: true, dependsOn: [{ name: operator?.metadata.name }] });
});
