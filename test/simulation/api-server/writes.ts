import { z } from 'zod';
import type { ApiRequest } from '../../../src/runtime/kubernetes/api-transport.ts';
import { type KubeObject, objectKey } from '../../../src/runtime/object.ts';
import { mergePatch } from '../../../src/simulator/merge-patch.ts';
import type { History } from './history.ts';
import { jsonPatch } from './json-patch.ts';
import {
  created,
  isHeld,
  type Manifest,
  manifestSchema,
  markedDeleted,
  updated,
  withStatus,
} from './object-rules.ts';
import type { Refusal } from './refusal.ts';
import { NAMESPACES, type Resource } from './resources.ts';
import type { Route } from './route.ts';

export interface World {
  readonly history: History;
  readonly now: () => number;
  readonly newUid: () => string;
}

/** The object as the answer shows it, or the refusal. */
export type Written = { readonly body: object } | { readonly refusal: Refusal };

export function create(world: World, { resource, namespace }: Route, body: unknown): Written {
  const { history, now, newUid } = world;
  const { data: manifest } = manifestSchema.safeParse(body);
  if (manifest === undefined) return refuse('BadRequest', 'the body is no object with a name');
  if (resource.isNamespaced) {
    const problem = namespaceProblem(history, namespace);
    if (problem !== undefined) return problem;
  }
  const { name } = manifest.metadata;
  if (history.get(resource, objectKey(namespace, name)) !== undefined) {
    return refuse('AlreadyExists', `${resource.type.plural} "${name}" already exists`);
  }
  const born = created(resource, manifest, { namespace, uid: newUid(), now: now() });
  return { body: history.put(resource, born) };
}

function namespaceProblem(history: History, namespace: string | undefined): Written | undefined {
  const there = history.get(NAMESPACES, objectKey(undefined, namespace ?? ''));
  if (there === undefined) return refuse('NotFound', `namespaces "${namespace}" not found`);
  if (there.metadata.deletionTimestamp === undefined) return undefined;
  return refuse('Forbidden', `namespace ${namespace} is being terminated`);
}

/** Every precondition a PUT may carry: the uid, and the version. */
export function replace(world: World, route: Route, before: KubeObject, body: unknown): Written {
  const { data: manifest } = manifestSchema.safeParse(body);
  if (manifest === undefined) return refuse('BadRequest', 'the body is no object with a name');
  const { uid, resourceVersion } = manifest.metadata;
  if (uid !== undefined && uid !== before.metadata.uid) return conflict('the uid is of another object');
  if (resourceVersion === undefined && route.resource.putNeedsVersion) {
    return refuse('Invalid', 'metadata.resourceVersion: must be specified for an update');
  }
  return write(world, route, before, manifest);
}

export function patch(world: World, route: Route, before: KubeObject, request: ApiRequest): Written {
  const { contentType, body } = request;
  if (contentType === 'application/merge-patch+json') {
    return patched(world, route, before, mergePatch(before, body));
  }
  if (contentType !== 'application/json-patch+json') {
    return refuse('BadRequest', `patches of type ${contentType} are not modelled`);
  }
  const applied = jsonPatch(before, body);
  if ('problem' in applied) return refuse('Invalid', applied.problem);
  return patched(world, route, before, applied.result);
}

function patched(world: World, route: Route, before: KubeObject, result: unknown): Written {
  const { data: manifest, error } = manifestSchema.safeParse(result);
  if (manifest === undefined) return refuse('Invalid', error.message);
  return write(world, route, before, manifest);
}

/**
 * How PUT and PATCH end alike.
 *
 * Left out: now and then the real one lets a write pass that was made for an older version, if it would change nothing
 * of the newest state, which is then the answer. It begins with what its cache holds, and the cache may lag.
 */
function write({ history }: World, route: Route, before: KubeObject, manifest: Manifest): Written {
  const { resource, isStatus } = route;
  const { uid, resourceVersion } = manifest.metadata;
  if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) {
    return conflict('the object has been modified; please apply your changes to the latest version');
  }
  // On the way to the status all metadata is ignored but the version: the uid in a patch is no precondition there.
  if (isStatus) return store(history, resource, before, withStatus(resource, before, manifest));
  if (uid !== undefined && uid !== before.metadata.uid) {
    return refuse('Invalid', 'metadata.uid: field is immutable');
  }

  const after = updated(resource, before, manifest);
  if (before.metadata.deletionTimestamp !== undefined) {
    const known = new Set(before.metadata.finalizers);
    const added = (after.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
    if (added.length > 0) {
      return refuse(
        'Invalid',
        `no new finalizers can be added if the object is being deleted: ${added.join(', ')}`,
      );
    }
    if (!isHeld(after)) {
      history.remove(resource, before);
      // The answer shows what was asked for, which was never stored: its version is the one before the deletion.
      return { body: after };
    }
  }
  return store(history, resource, before, after);
}

/** A write that changes nothing makes no new version, and no watch hears of it. */
function store(history: History, resource: Resource, before: KubeObject, after: KubeObject): Written {
  return { body: history.holds(resource, after) ? before : history.put(resource, after) };
}

const deleteOptions = z
  .object({
    preconditions: z
      .object({ uid: z.string().exactOptional(), resourceVersion: z.string().exactOptional() })
      .exactOptional(),
  })
  .optional();

export function remove(world: World, { resource }: Route, before: KubeObject, body: unknown): Written {
  const { history, now } = world;
  const { data: options } = deleteOptions.safeParse(body);
  const { uid, resourceVersion } = before.metadata;
  const wanted = { uid, resourceVersion, ...options?.preconditions };
  if (wanted.uid !== uid) return conflict('the uid in the precondition is of another object');
  if (wanted.resourceVersion !== resourceVersion) return conflict('the object is not at this version');
  if (isHeld(before)) return store(history, resource, before, markedDeleted(before, now()));
  history.remove(resource, before);
  return { body: { kind: 'Status', apiVersion: 'v1', status: 'Success' } };
}

function conflict(message: string): Written {
  return refuse('Conflict', message);
}

function refuse(reason: Refusal['reason'], message: string): Written {
  return { refusal: { reason, message } };
}
