import { z } from 'zod';
import { optional, required } from './documented.ts';
import { type ValueRule, withRules } from './rule.ts';

const accessLogTracingConfig = withRules(
  z.strictObject({
    tracingEnabled: required(z.boolean(), {
      description: 'Whether requests are traced.',
    }),
    tracingSample: optional(z.int32().min(1).max(10_000), {
      description: 'How many of 10000 requests are traced: 1 to 10000. Needs tracingEnabled: true.',
    }),
    tracingType: optional(z.enum(['Zipkin']), {
      description: 'Format of the traces. Needs tracingEnabled: true.',
    }),
  }),
  [onlyWhileTracing('tracingSample'), onlyWhileTracing('tracingType')],
);

/** What the access log of the load balancer records of this listener. */
export const logConfig = z.strictObject({
  accessLogRecordCustomizedHeadersEnabled: optional(z.boolean(), {
    description: 'Whether the access log has custom headers of requests, too.',
    effectiveDefault: false,
  }),
  accessLogTracingConfig: optional(accessLogTracingConfig, {
    description: 'Tracing of requests. Off while absent.',
    protocols: ['HTTP', 'HTTPS'],
  }),
});

interface Tracing {
  readonly tracingEnabled: boolean;
  readonly tracingSample?: number;
  readonly tracingType?: string;
}

function onlyWhileTracing(field: 'tracingSample' | 'tracingType'): ValueRule<Tracing> {
  return {
    field: [field],
    reason: 'FieldValueForbidden',
    cel: `!has(self.${field}) || self.tracingEnabled`,
    holds: (self) => self[field] === undefined || self.tracingEnabled,
    message: `${field} has no effect unless tracingEnabled is true: set tracingEnabled to true, or remove ${field}`,
  };
}
