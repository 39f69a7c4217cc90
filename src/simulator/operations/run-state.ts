import { z } from 'zod';
import { incorrectStatus } from '../refusal.ts';
import { accept, type Context, operation, type Result, reject } from './operation.ts';
import { id } from './parameter-types.ts';
import { isRefusal, writableListener } from './preconditions.ts';
import { startJob } from './start-job.ts';

export const startListener = operation({
  action: 'StartListener',
  write: true,
  parameters: z.object({ ListenerId: id }),
  run: ({ ListenerId }, context) =>
    switchListener(context, ListenerId, 'StartListener', 'Stopped', 'Running'),
});

export const stopListener = operation({
  action: 'StopListener',
  write: true,
  parameters: z.object({ ListenerId: id }),
  run: ({ ListenerId }, context) => switchListener(context, ListenerId, 'StopListener', 'Running', 'Stopped'),
});

function switchListener(
  context: Context,
  listenerId: string,
  action: string,
  from: 'Running' | 'Stopped',
  to: 'Running' | 'Stopped',
): Result {
  const found = writableListener(context, listenerId);
  if (isRefusal(found)) return reject(found);
  const { listener } = found;
  if (listener.ListenerStatus !== from) {
    return reject(incorrectStatus('Listener', listenerId, listener.ListenerStatus));
  }
  const { JobId, changes } = startJob(context, {
    action,
    type: 'Update',
    before: listener,
    during: { ...listener, ListenerStatus: 'Configuring' },
    finalStatus: to,
    durationMs: context.state.settings.configuringMs,
  });
  return accept({ JobId }, changes);
}
