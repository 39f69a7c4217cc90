import { z } from 'zod';
import type {
  CreatedListener,
  Done,
  ListedAcl,
  ListedListener,
  ListenerAttribute,
  ListenerCertificate,
  LoadBalancerAttribute,
  StartedJob,
} from './api.ts';

/**
 * The shape each operation promises. Strict where the operator relies on a field: an answer without it proves
 * nothing. Open elsewhere: fields we do not know are dropped, and enumerations are plain text, since the cloud adds
 * to both without notice. Numbers and booleans must arrive as such; the API's JSON has no other form.
 */

const id = z.string().min(1);
const boolean = z.boolean().exactOptional();
const integer = z.int().exactOptional();
const text = z.string().exactOptional();

const certificates = z.array(z.object({ certificateId: id })).exactOptional();

/** The scalars as they came: the cloud may add fields here that only have to be compared, not understood. */
const scalars = z
  .record(z.string(), z.unknown())
  .transform((fields) =>
    Object.fromEntries(
      Object.entries(fields).filter(
        (field): field is [string, string | number | boolean] =>
          typeof field[1] === 'string' || typeof field[1] === 'number' || typeof field[1] === 'boolean',
      ),
    ),
  );

const listedListener = z.object({
  listenerId: id,
  loadBalancerId: id,
  listenerProtocol: id,
  listenerPort: z.int(),
  listenerStatus: id,
  listenerDescription: text,
  requestTimeout: integer,
  idleTimeout: integer,
  gzipEnabled: boolean,
  http2Enabled: boolean,
  securityPolicyId: text,
  xForwardedForConfig: scalars.exactOptional(),
  quicConfig: z.object({ quicUpgradeEnabled: boolean, quicListenerId: text }).exactOptional(),
  defaultActions: z
    .array(
      z.object({
        type: id,
        forwardGroupConfig: z
          .object({ serverGroupTuples: z.array(z.object({ serverGroupId: id })) })
          .exactOptional(),
      }),
    )
    .exactOptional(),
  logConfig: z
    .object({
      accessLogRecordCustomizedHeadersEnabled: boolean,
      accessLogTracingConfig: z
        .object({ tracingEnabled: boolean, tracingSample: integer, tracingType: text })
        .exactOptional(),
    })
    .exactOptional(),
  tags: z.array(z.object({ key: z.string(), value: z.string().default('') })).default([]),
});

export const createdListener = z.object({ listenerId: id, jobId: id }) satisfies z.ZodType<CreatedListener>;

export const startedJob = z.object({ jobId: id }) satisfies z.ZodType<StartedJob>;

export const loadBalancerAttribute = z.object({
  loadBalancerId: id,
}) satisfies z.ZodType<LoadBalancerAttribute>;

export const done = z.object({}).transform((): Done => ({})) satisfies z.ZodType<Done>;

export const listenerAttribute = listedListener.extend({
  caEnabled: boolean,
  certificates,
  caCertificates: certificates,
  aclConfig: z
    .object({
      aclType: text,
      aclRelations: z.array(z.object({ aclId: id, status: id })).default([]),
    })
    .exactOptional(),
}) satisfies z.ZodType<ListenerAttribute>;

/** One page of a list. The last page has no token or an empty one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string;
}

const nextToken = z.string().default('');

export const listenersPage = z
  .object({ listeners: z.array(listedListener), nextToken })
  .transform(({ listeners, nextToken }) => ({ items: listeners, nextToken })) satisfies z.ZodType<
  Page<ListedListener>
>;

export const certificatesPage = z
  .object({
    certificates: z.array(
      z.object({ certificateId: id, certificateType: id, isDefault: z.boolean(), status: id }),
    ),
    nextToken,
  })
  .transform(({ certificates, nextToken }) => ({ items: certificates, nextToken })) satisfies z.ZodType<
  Page<ListenerCertificate>
>;

export const aclsPage = z
  .object({ acls: z.array(z.object({ aclId: id, aclStatus: id })), nextToken })
  .transform(({ acls, nextToken }) => ({ items: acls, nextToken })) satisfies z.ZodType<Page<ListedAcl>>;

export const asynJobsPage = z
  .object({
    jobs: z.array(
      z.object({ id, status: id, apiName: text, resourceId: text, errorCode: text, errorMessage: text }),
    ),
    nextToken,
  })
  .transform(({ jobs, nextToken }) => ({ items: jobs, nextToken }));

type AnswerResult<T> =
  | { readonly ok: true; readonly value: T }
  /** Names the fields that were missing or wrong, never their content. */
  | { readonly ok: false; readonly problem: string };

/** Reads an answer as its operation promises it, in the lowerCamelCase of `api.ts`. */
export function readAnswer<T>(shape: z.ZodType<T>, body: unknown): AnswerResult<T> {
  const result = shape.safeParse(lowerCamelCase(body));
  if (result.success) return { ok: true, value: result.data };
  const fields = result.error.issues.map(({ path }) => path.join('.')).filter((path) => path !== '');
  return {
    ok: false,
    problem:
      fields.length === 0
        ? 'The answer is not an object.'
        : `These fields of the answer are missing or not as promised: ${fields.join(', ')}.`,
  };
}

/** No field that is promised here lies deeper, and no answer shall be deep enough to exhaust the stack. */
const DEEPEST = 16;

/**
 * A null says the same as an absent field. An integer beyond 15 digits arrives from pop-core as an object; no field
 * that is promised here can hold one. Half a character would come back from the API server as another one, and would
 * look like a change for ever.
 */
function lowerCamelCase(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return undefined;
  if (Array.isArray(value)) return value.map((item) => lowerCamelCase(item, depth + 1));
  const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
  return Object.fromEntries(
    fields
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [lowerFirst(name.toWellFormed()), lowerCamelCase(inner, depth + 1)]),
  );
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
