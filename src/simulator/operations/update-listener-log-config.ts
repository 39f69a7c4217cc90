import { z } from 'zod';
import { incorrectStatus, invalidParameter, operationDenied } from '../refusal.ts';
import { accept, operation, reject } from './operation.ts';
import { flag, id, integer } from './parameter-types.ts';
import { isRefusal, writableListener } from './preconditions.ts';
import { startConfiguring } from './start-job.ts';

const parameters = z.object({
  ListenerId: id,
  AccessLogRecordCustomizedHeadersEnabled: flag.optional(),
  AccessLogTracingConfig: z
    .object({
      TracingEnabled: flag,
      TracingSample: integer(1, 10000).optional(),
      TracingType: z.literal('Zipkin').optional(),
    })
    .optional(),
});

export const updateListenerLogConfig = operation({
  action: 'UpdateListenerLogConfig',
  write: true,
  parameters,
  run: ({ ListenerId, ...config }, context) => {
    const found = writableListener(context, ListenerId);
    if (isRefusal(found)) return reject(found);
    const { listener, loadBalancer } = found;
    if (listener.ListenerStatus !== 'Running') {
      return reject(incorrectStatus('Listener', ListenerId, listener.ListenerStatus));
    }
    const tracing = config.AccessLogTracingConfig;
    if (tracing?.TracingEnabled === false && tracing.TracingSample !== undefined) {
      return reject(invalidParameter('TracingSample needs TracingEnabled'));
    }
    const switchedOn =
      tracing?.TracingEnabled === true || config.AccessLogRecordCustomizedHeadersEnabled === true;
    if (switchedOn && loadBalancer.AccessLogConfig === null) {
      return reject(operationDenied('AccessLogDisabled'));
    }
    const LogConfig = { ...listener.LogConfig, ...config };
    const { JobId, changes } = startConfiguring(context, 'UpdateListenerLogConfig', listener, {
      ...listener,
      LogConfig,
    });
    return accept({ JobId }, changes);
  },
});
