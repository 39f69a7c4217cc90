import { expect } from 'vitest';
import { reasonOf } from '../support/operator-world.ts';
import type { Scenario } from './scenario.ts';

export const RUN_STATE: readonly Scenario[] = [
  {
    name: 'stops a listener and starts it again',
    reason: 'Maintenance: no traffic for an hour, and nothing to set up anew afterwards.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('state', scene.spec());
      const stopped = await scene.ready('state', scene.spec({ listenerState: 'Stopped' }));
      expect(stopped.object.status.phase).toBe('Stopped');
      expect(reasonOf(stopped.object)).toBe('Stopped');
      expect((await cloud.listener(listenerId))?.ListenerStatus).toBe('Stopped');

      const started = await scene.ready('state', scene.spec());
      expect(started.object.status.phase).toBe('Running');
      expect((await cloud.listener(listenerId))?.ListenerStatus).toBe('Running');
    },
  },
  {
    name: 'brings a listener up stopped where the manifest says so from the start',
    reason: 'A standby region is rolled out without serving anybody.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId, object } = await scene.ready('standby', scene.spec({ listenerState: 'Stopped' }));
      expect(object.status.phase).toBe('Stopped');
      expect((await cloud.listener(listenerId))?.ListenerStatus).toBe('Stopped');
    },
  },
  {
    name: 'starts a listener that somebody stopped in the console',
    reason: 'A stopped listener is an outage that looks like nothing in the manifest.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('stopped', scene.spec());
      await cloud.editByHand(listenerId, { ListenerStatus: 'Stopped' });
      await cloud.untilListener(listenerId, { ListenerStatus: 'Running' });
      await cluster.untilReady('stopped');
      expect((await cluster.events('stopped')).map(({ reason }) => reason)).toContain('CorrectingDrift');
    },
  },
  {
    name: 'edits a stopped listener and leaves it stopped',
    reason: 'Whoever stopped it does not want it to serve because of an edit.',
    async run(scene) {
      const { cloud } = scene;
      const { listenerId } = await scene.ready('resting', scene.spec({ listenerState: 'Stopped' }));
      const mark = await cloud.mark();
      await scene.ready('resting', scene.spec({ listenerState: 'Stopped', idleTimeout: 20 }));
      expect(await cloud.listener(listenerId)).toMatchObject({ ListenerStatus: 'Stopped', IdleTimeout: 20 });
      expect(await cloud.writes(mark)).toEqual(['UpdateListenerAttribute']);
    },
  },
];
