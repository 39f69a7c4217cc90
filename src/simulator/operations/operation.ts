import type { z } from 'zod';
import { leafKeys, nest, type WireParameters } from '../parameters.ts';
import { invalidParameter, missingParameter, type Refusal } from '../refusal.ts';
import type { Change, StateView } from '../state.ts';

/** What an operation can see and draw on. It changes nothing itself. */
export interface Context {
  readonly state: StateView;
  readonly now: number;
  readonly newListenerId: () => string;
  readonly newJobId: () => string;
}

/** The answer's body, in the API's own names and without RequestId. */
export type Body = Readonly<Record<string, unknown>>;

export type Result =
  | { readonly ok: true; readonly body: Body; readonly changes: readonly Change[] }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Operation {
  readonly action: string;
  /** Whether it takes ClientToken and DryRun. */
  readonly write: boolean;
  /** A pure function: the same state, parameters and time give the same result. */
  run(
    parameters: WireParameters,
    context: Context,
  ): Result & { readonly ignoredParameters: readonly string[] };
}

/** Parameters of the protocol that operations of this kind have besides their own. */
const requestControl: ReadonlySet<string> = new Set(['ClientToken', 'DryRun']);

/** Binds an operation to its parameters, so that `run` gets them parsed. */
export function operation<Schema extends z.ZodType>(definition: {
  readonly action: string;
  readonly write: boolean;
  readonly parameters: Schema;
  readonly run: (parameters: z.output<Schema>, context: Context) => Result;
}): Operation {
  return {
    action: definition.action,
    write: definition.write,
    run: (wire, context) => {
      const nested = nest(wire);
      if ('conflict' in nested) {
        const refusal = invalidParameter(`${nested.conflict} is both a text and a structure`);
        return { ok: false, refusal, ignoredParameters: [] };
      }
      const parsed = definition.parameters.safeParse(nested.tree);
      if (!parsed.success) {
        return { ok: false, refusal: parameterRefusal(parsed.error, nested.tree), ignoredParameters: [] };
      }
      const known = new Set(leafKeys(parsed.data));
      const ignoredParameters = Object.keys(wire).filter(
        (key) => !known.has(key) && !(definition.write && requestControl.has(key)),
      );
      return { ...definition.run(parsed.data, context), ignoredParameters };
    },
  };
}

export function accept(body: Body, changes: readonly Change[] = []): Result {
  return { ok: true, body, changes };
}

export function reject(refusal: Refusal): Result {
  return { ok: false, refusal };
}

function parameterRefusal(error: z.ZodError, tree: unknown): Refusal {
  const missing = error.issues.find((issue) => valueAt(tree, issue.path) === undefined);
  if (missing !== undefined) return missingParameter(wireName(missing.path));
  const [first] = error.issues;
  return invalidParameter(first === undefined ? 'unknown' : `${wireName(first.path)}: ${first.message}`);
}

function wireName(path: readonly PropertyKey[]): string {
  return path.map((part) => (typeof part === 'number' ? String(part + 1) : String(part))).join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined),
    value,
  );
}
