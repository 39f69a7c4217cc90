import { z } from 'zod';
import { refuse } from '../refusal.ts';
import { accept, operation, reject } from './operation.ts';
import { id } from './parameter-types.ts';
import { isRefusal, writableListener } from './preconditions.ts';
import { referrerOf } from './quic-reference.ts';
import { startJob } from './start-job.ts';

export const deleteListener = operation({
  action: 'DeleteListener',
  write: true,
  parameters: z.object({ ListenerId: id }),
  run: ({ ListenerId }, context) => {
    const { state } = context;
    const found = writableListener(context, ListenerId, { ignoreBusiness: true });
    if (isRefusal(found)) return reject(found);
    const referrer = referrerOf(state, ListenerId);
    if (referrer !== undefined) {
      const message = `The specified resource ${ListenerId} is in use.`;
      return reject(refuse(400, 'ResourceInUse.Listener', message, referrer.ListenerId));
    }
    const { JobId, changes } = startJob(context, {
      action: 'DeleteListener',
      type: 'Delete',
      before: found.listener,
      during: { ...found.listener, ListenerStatus: 'Deleting' },
      finalStatus: 'Gone',
      durationMs: state.settings.deletingMs,
    });
    return accept({ JobId }, changes);
  },
});
