import { z } from 'zod';
import type { Manifest } from './manifests.ts';

const envSchema = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
});

const probeSchema = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });

const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        containers: z.tuple([
          z.looseObject({
            image: z.string(),
            args: z.array(z.string()).default([]),
            env: z.array(envSchema),
            envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
            livenessProbe: probeSchema.optional(),
            readinessProbe: probeSchema.optional(),
          }),
        ]),
      }),
    }),
  }),
});

const configMapSchema = z.object({ data: z.record(z.string(), z.string()) });

/** The Deployment among the objects of an installation, as far as tests look at it. */
export function podTemplateOf(manifests: readonly Manifest[]) {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  const { template } = deploymentSchema.parse(deployment).spec;
  return { ...template, container: template.spec.containers[0] };
}

/** The environment that a pod of the installation gets. */
export function environmentOf(manifests: readonly Manifest[]): Record<string, string> {
  const { container } = podTemplateOf(manifests);
  const named = new Set(container.envFrom.map(({ configMapRef }) => configMapRef.name));
  const configMaps = manifests.filter(
    ({ kind, metadata }) => kind === 'ConfigMap' && named.has(metadata.name),
  );
  const environment: Record<string, string> = {};
  for (const configMap of configMaps) Object.assign(environment, configMapSchema.parse(configMap).data);
  for (const { name, value, valueFrom } of container.env) {
    // Which is all that a value comes from here.
    const given = valueFrom?.fieldRef.fieldPath === 'metadata.namespace' ? 'alb-listener-operator' : value;
    environment[name] = (given ?? '').replaceAll(
      /\$\((\w+)\)/g,
      (_all, variable: string) => environment[variable] ?? '',
    );
  }
  return environment;
}
