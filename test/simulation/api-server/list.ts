import { z } from 'zod';
import type { Query } from '../../../src/runtime/kubernetes/api-transport.ts';
import { keyOf } from '../../../src/runtime/object.ts';
import type { History } from './history.ts';
import type { Refusal } from './refusal.ts';
import { apiVersionOf } from './resources.ts';
import type { Route } from './route.ts';

const queryParameters = z.object({
  limit: z.coerce.number().default(0),
  /** From where the page before ended, in the state that it showed. */
  continue: z.string().regex(/^\d+ /).exactOptional(),
  fieldSelector: z
    .string()
    .regex(/^metadata\.name=/)
    .exactOptional(),
  /** With `resourceVersionMatch=Exact`: the state at this version. */
  resourceVersion: z.coerce.number().exactOptional(),
});

/** One page, always of one state: the newest, or the one that the query names. */
export function list(
  history: History,
  { resource, namespace }: Route,
  query: Query = {},
): { readonly body: object } | { readonly refusal: Refusal } {
  const { data } = queryParameters.safeParse(query);
  if (data === undefined) return { refusal: { reason: 'BadRequest', message: 'the query cannot be read' } };
  const [continuedAt, ...after] = data.continue?.split(' ') ?? [];
  const version = Number(continuedAt ?? data.resourceVersion ?? history.version);
  const all = history.listAt(resource, version);
  if (all === undefined) {
    return { refusal: { reason: 'Expired', message: `the version ${version} is not known any more` } };
  }
  const name = data.fieldSelector?.split('=')[1];
  const rest = all.filter(
    (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      keyOf(object) > after.join(' '),
  );
  const items = data.limit === 0 ? rest : rest.slice(0, data.limit);
  const last = items.at(-1);
  const metadata = {
    resourceVersion: String(version),
    ...(last !== undefined && items.length < rest.length && { continue: `${version} ${keyOf(last)}` }),
  };
  return { body: { apiVersion: apiVersionOf(resource), kind: `${resource.kind}List`, metadata, items } };
}
