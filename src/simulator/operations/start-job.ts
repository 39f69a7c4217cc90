import type { Job } from '../job.ts';
import type { Listener } from '../listener.ts';
import type { Change } from '../state.ts';
import type { Context } from './operation.ts';

/** Puts the listener into its passing state and starts the job that leads out of it. */
export function startJob(
  context: Context,
  work: {
    readonly action: string;
    readonly type: Job['OperateType'];
    readonly before: Listener | null;
    /** With the new values, in the passing state. */
    readonly during: Listener;
    readonly finalStatus: Job['plan']['finalStatus'];
    readonly durationMs: number;
  },
): { readonly JobId: string; readonly changes: readonly Change[] } {
  const job: Job = {
    Id: context.newJobId(),
    ApiName: work.action,
    OperateType: work.type,
    Status: 'Processing',
    ResourceId: work.during.ListenerId,
    ResourceType: 'listener',
    CreateTime: context.now,
    ModifyTime: context.now,
    plan: {
      loadBalancerId: work.during.LoadBalancerId,
      endsAt: context.now + work.durationMs,
      failure: null,
      finalStatus: work.finalStatus,
      before: work.before,
    },
  };
  return {
    JobId: job.Id,
    changes: [
      { kind: 'putListener', listener: work.during },
      { kind: 'putJob', job },
    ],
  };
}

/** A change of a listener that stays in the state it is in: Configuring, and back. */
export function startConfiguring(context: Context, action: string, before: Listener, after: Listener) {
  return startJob(context, {
    action,
    type: 'Update',
    before,
    during: { ...after, ListenerStatus: 'Configuring' },
    finalStatus: before.ListenerStatus === 'Stopped' ? 'Stopped' : 'Running',
    durationMs: context.state.settings.configuringMs,
  });
}

/** A change of a listener that is still being created: that goes on, and decides on the status. */
export function startBesideCreation(context: Context, action: string, before: Listener, after: Listener) {
  return startJob(context, {
    action,
    type: 'Update',
    before,
    during: after,
    finalStatus: 'Unchanged',
    durationMs: context.state.settings.configuringMs,
  });
}
