import { z } from 'zod';
import { listenerSchema } from '../listener.ts';
import { invalidParameter } from '../refusal.ts';
import { fitRefusal } from './fit.ts';
import {
  defaultActions,
  defaultsOf,
  inapplicable,
  listenerSettings,
  withSettings,
} from './listener-settings.ts';
import { accept, operation, reject } from './operation.ts';
import { id, integer, tags } from './parameter-types.ts';
import { isRefusal, listenerQuotaRefusal, portRefusal, writableLoadBalancer } from './preconditions.ts';
import { startJob } from './start-job.ts';

const parameters = z.object({
  LoadBalancerId: id,
  ListenerProtocol: z.enum(['HTTP', 'HTTPS', 'QUIC']),
  ListenerPort: integer(1, 65535),
  ...listenerSettings,
  ListenerDescription: z
    .string()
    .regex(/^[A-Za-z0-9\u4e00-\u9fff\-/._]{2,256}$/)
    .optional(),
  DefaultActions: defaultActions,
  Tag: tags.optional(),
});

export const createListener = operation({
  action: 'CreateListener',
  write: true,
  parameters,
  run: ({ LoadBalancerId, ListenerProtocol, ListenerPort, Tag, ...settings }, context) => {
    const { state } = context;
    const foreign = inapplicable(settings, ListenerProtocol);
    if (foreign.length > 0 && state.settings.inapplicableParameters === 'refused') {
      return reject(invalidParameter(`${ListenerProtocol} has no ${foreign.join(', ')}`));
    }
    const loadBalancer = writableLoadBalancer(state, LoadBalancerId);
    if (isRefusal(loadBalancer)) return reject(loadBalancer);

    const bare = listenerSchema.parse({
      ...defaultsOf(ListenerProtocol),
      ListenerId: context.newListenerId(),
      LoadBalancerId,
      ListenerProtocol,
      ListenerPort,
      ListenerStatus: 'Provisioning',
      DefaultActions: settings.DefaultActions,
      Tags: Tag ?? [],
    });
    const listener = withSettings(bare, settings);
    const refusal =
      portRefusal(state, listener) ??
      listenerQuotaRefusal(state, LoadBalancerId) ??
      fitRefusal(state, loadBalancer, listener);
    if (refusal !== undefined) return reject(refusal);

    const { JobId, changes } = startJob(context, {
      action: 'CreateListener',
      type: 'Create',
      before: null,
      during: listener,
      finalStatus: 'Running',
      durationMs: state.settings.provisioningMs,
    });
    return accept({ JobId, ListenerId: listener.ListenerId }, changes);
  },
});
