import type { z } from 'zod';

export type Protocol = 'HTTP' | 'HTTPS' | 'QUIC';

export const ALL_PROTOCOLS: readonly Protocol[] = ['HTTP', 'HTTPS', 'QUIC'];

/** What `kubectl explain` and the reference say about a field, and where the field is allowed. */
export interface Documentation {
  /** What the field does, in sentences. Default and protocols are added from the rest. */
  readonly description: string;
  /** What holds when the field is absent, by the cloud or by the operator. The CRD itself sets no defaults. */
  readonly effectiveDefault?: string | number | boolean;
  /** Listeners the field is allowed on; all when absent. The rules are derived from it too. */
  readonly protocols?: readonly Protocol[];
}

declare module 'zod' {
  interface GlobalMeta {
    effectiveDefault?: string | number | boolean;
    protocols?: readonly Protocol[];
  }
}

export function required<S extends z.ZodType>(schema: S, documentation: Documentation): S {
  return schema.meta({ ...documentation });
}

/** The field may be absent. It is never `undefined`: JSON has no such value. */
export function optional<S extends z.ZodType>(
  schema: S,
  documentation: Documentation,
): z.ZodExactOptional<S> {
  return schema.exactOptional().meta({ ...documentation });
}
