import type { KubeObject } from '../../src/runtime/object.ts';

export interface ObjectFields {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A ConfigMap as the API server would answer it. */
export function configMap({
  name,
  namespace = 'default',
  uid = `uid-of-${name}`,
  resourceVersion = '1',
  labels = {},
}: ObjectFields): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, uid, resourceVersion, labels: { ...labels } },
  };
}
