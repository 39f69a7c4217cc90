import { z } from 'zod';
import { incorrectStatus, invalidParameter } from '../refusal.ts';
import { fitRefusal } from './fit.ts';
import { defaultActions, inapplicable, listenerSettings, withSettings } from './listener-settings.ts';
import { accept, operation, reject } from './operation.ts';
import { id } from './parameter-types.ts';
import { isRefusal, writableListener } from './preconditions.ts';
import { startConfiguring } from './start-job.ts';

const parameters = z.object({
  ListenerId: id,
  ...listenerSettings,
  ListenerDescription: z
    .string()
    .regex(/^[A-Za-z0-9\u4e00-\u9fff\-/._,;@]{2,256}$/)
    .optional(),
  DefaultActions: defaultActions.optional(),
});

export const updateListenerAttribute = operation({
  action: 'UpdateListenerAttribute',
  write: true,
  parameters,
  run: ({ ListenerId, ...settings }, context) => {
    const { state } = context;
    const found = writableListener(context, ListenerId);
    if (isRefusal(found)) return reject(found);
    const { listener, loadBalancer } = found;
    if (listener.ListenerStatus === 'Stopped' && state.settings.updateOfStopped === 'refused') {
      return reject(incorrectStatus('Listener', ListenerId, 'Stopped'));
    }
    const foreign = inapplicable(settings, listener.ListenerProtocol);
    if (foreign.length > 0 && state.settings.inapplicableParameters === 'refused') {
      return reject(invalidParameter(`${listener.ListenerProtocol} has no ${foreign.join(', ')}`));
    }
    const refusal = fitRefusal(state, loadBalancer, withSettings(listener, settings));
    if (refusal !== undefined) return reject(refusal);

    const updated = withSettings(listener, settings, state.settings.updateKeepsOldValue);
    const { JobId, changes } = startConfiguring(context, 'UpdateListenerAttribute', listener, updated);
    return accept({ JobId }, changes);
  },
});
