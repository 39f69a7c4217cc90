import { z } from 'zod';
import type { ApiRequest } from '../../src/runtime/kubernetes/api-transport.ts';

/** What a process waits for when it waits for something outside of itself, in words. */
export type AwaitPoint = string;

const patchOperations = z.array(z.object({ op: z.string() })).catch([]);

export function pointOfWatch(path: string): AwaitPoint {
  return `watch ${resourceOf(path)}`;
}

export function pointOfRequest({ method, path, query, body, contentType = '' }: ApiRequest): AwaitPoint {
  const resource = resourceOf(path);
  if (resource === 'events') return method === 'POST' ? 'write event' : 'count event';
  if (method === 'GET') return query?.['limit'] === undefined ? `get ${resource}` : `list ${resource}`;
  if (resource === 'leases') return 'write lease';
  const isJsonPatch = contentType.startsWith('application/json-patch');
  if (path.endsWith('/status')) return isJsonPatch ? 'write status whatever the version' : 'write status';
  const removes = patchOperations.parse(body).some(({ op }) => op === 'remove');
  return removes ? 'remove finalizer' : 'add finalizer';
}

export function pointOfCall(operation: string, parameters: Readonly<Record<string, string>>): AwaitPoint {
  return parameters['DryRun'] === 'true' ? 'dry run' : operation;
}

function resourceOf(path: string): string {
  if (path.startsWith('/api/v1/namespaces/') && path.split('/').length === 5) return 'namespaces';
  return (
    /\/(alblisteners|configmaps|secrets|customresourcedefinitions|events|leases)(\/|$)/.exec(path)?.[1] ??
    path
  );
}
