import type { AccessLogTracingConfig, ListenerAttribute } from '../alb/api.ts';
import { differencesBetween } from './difference.ts';
import { withPartsOfOthers } from './parts-of-others.ts';
import type { ResolvedSpec } from './schema/spec.ts';
import type { LogSettings, Plan } from './step.ts';
import { valuesOf } from './value.ts';

/** What the cloud has as long as nobody said anything. Sample and type have no documented default. */
const DEFAULTS: LogSettings = {
  accessLogRecordCustomizedHeadersEnabled: false,
  accessLogTracingConfig: { tracingEnabled: false },
};

/** What the access log records of the listener, and the one call that changes it. */
export function logConfigPlan(spec: ResolvedSpec, { logConfig = {} }: ListenerAttribute): Plan {
  const desired = desiredLogConfig(spec, logConfig);
  const actual = new Map([...valuesOf({ logConfig: DEFAULTS }), ...valuesOf({ logConfig })]);
  const differences = differencesBetween(valuesOf({ logConfig: desired }), actual);
  if (differences.length === 0) return { differences, steps: [] };

  const differing = new Set(differences.map(({ path }) => path.split('.')[1]));
  const parameters = Object.fromEntries(
    Object.entries(desired).filter(([parameter]) => differing.has(parameter)),
  );
  return { differences, steps: [{ call: 'updateLogConfig', parameters }] };
}

function desiredLogConfig(
  spec: ResolvedSpec,
  actual: NonNullable<ListenerAttribute['logConfig']>,
): LogSettings {
  const headers = 'accessLogRecordCustomizedHeadersEnabled';
  const { [headers]: recorded = false } = spec.logConfig ?? {};
  return {
    ...(spec.ignoreFields?.includes(`logConfig.${headers}`) !== true && { [headers]: recorded }),
    // Whether the cloud traces QUIC is not documented, so no manifest can ask for it.
    ...(spec.listenerProtocol !== 'QUIC' && {
      accessLogTracingConfig: desiredTracing(spec, actual.accessLogTracingConfig),
    }),
  };
}

function desiredTracing(spec: ResolvedSpec, actual: object | undefined): AccessLogTracingConfig {
  const declared = spec.logConfig?.accessLogTracingConfig;
  const tracing = {
    tracingEnabled: false,
    ...withPartsOfOthers('logConfig.accessLogTracingConfig', { ...declared }, actual, spec.ignoreFields),
  };
  return tracing.tracingEnabled ? tracing : { tracingEnabled: false };
}
