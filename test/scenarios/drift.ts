import { expect } from 'vitest';
import { RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { matching } from '../support/matchers.ts';
import type { Scenario } from './scenario.ts';
import type { Scene } from './scene.ts';
import { messageOf } from './scene-cluster.ts';

/** An update that the simulated cloud accepts and never makes (see `Stage`). No other row has a use for it. */
const STUBBORN = { xForwardedForConfig: { xForwardedForHostEnabled: true } };

const updatesSince = async ({ cloud }: Scene, mark: number) =>
  (await cloud.writes(mark)).filter((action) => action === 'UpdateListenerAttribute').length;

export const DRIFT: readonly Scenario[] = [
  {
    name: 'takes back what somebody changed in the console',
    reason: 'The manifest is the truth, also after a night with a broken page.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('corrected', scene.spec());
      await cloud.editByHand(listenerId, { IdleTimeout: 77 });
      await cloud.untilListener(listenerId, { IdleTimeout: 15, ListenerStatus: 'Running' });
      await cluster.untilReady('corrected');
      await expect
        .poll(async () => (await cluster.events('corrected')).map(({ reason }) => reason))
        .toContain('CorrectingDrift');
      const events = await cluster.events('corrected');
      expect(events.find(({ reason }) => reason === 'CorrectingDrift')).toMatchObject({
        note: matching('The listener was changed outside Kubernetes: idleTimeout 15 → 77.'),
      });
      expect(events.map(({ reason }) => reason)).not.toContain('Updating');
      expect(scene.audit('corrected')).toContainEqual(
        expect.objectContaining({
          cause: 'drift',
          operation: 'UpdateListenerAttribute',
          fields: ['idleTimeout'],
        }),
      );
    },
  },
  {
    name: 'does not call an edit a change of others, nor a change of others an edit, where both come at once',
    reason: 'Two people look at the events in the morning, and each knows only what they did.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('both', scene.spec({ suspend: false }));
      await cluster.apply('both', scene.spec({ suspend: true }));
      await cluster.untilReason('both', 'Suspended');
      await cloud.editByHand(listenerId, { GzipEnabled: false });
      await cluster.apply('both', scene.spec({ idleTimeout: 20, suspend: false }));
      const updating = await cluster.untilReason('both', 'Updating');
      expect(messageOf(updating)).toContain('idleTimeout 15 → 20, gzipEnabled false → true');
      expect(messageOf(updating)).toContain(
        'The listener was changed outside Kubernetes: gzipEnabled true → false.',
      );
      await cluster.untilReady('both');
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 20, GzipEnabled: true });
    },
  },
  {
    name: 'reports drift field by field and leaves it, where the manifest says so',
    reason: 'Some want to know who changes things before anything is overwritten.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('reported', scene.spec({ driftPolicy: 'Report' }));
      await cloud.editByHand(listenerId, { IdleTimeout: 77, GzipEnabled: false });
      const { status } = await cluster.untilReason('reported', 'Drifted');
      expect(status['drift']).toEqual([
        { path: 'idleTimeout', declared: '15', actual: '77' },
        { path: 'gzipEnabled', declared: 'true', actual: 'false' },
      ]);
      expect(status.conditions.find(({ type }) => type === 'Drifted')?.status).toBe('True');
      await cluster.lookedAt('reported');
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 77, GzipEnabled: false });
    },
  },
  {
    name: 'brings an edit in place although drift is only reported',
    reason: 'An edit says what its author wants; the policy is about everybody else.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const spec = { driftPolicy: 'Report' };
      const { listenerId } = await scene.ready('edited', scene.spec(spec));
      await cloud.editByHand(listenerId, { IdleTimeout: 77 });
      await cluster.untilReason('edited', 'Drifted');
      const { object } = await scene.ready('edited', scene.spec({ ...spec, requestTimeout: 30 }));
      expect(object.status['drift']).toBeUndefined();
      expect(object.status.conditions.map(({ type }) => type)).not.toContain('Drifted');
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 15, RequestTimeout: 30 });
    },
  },
  {
    name: 'stops reporting drift that its author takes back',
    reason: 'A warning that stays after its cause is gone is not read the next time.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('undone', scene.spec({ driftPolicy: 'Report' }));
      await cloud.editByHand(listenerId, { IdleTimeout: 77 });
      await cluster.untilReason('undone', 'Drifted');
      const mark = await cloud.mark();
      await cloud.editByHand(listenerId, { IdleTimeout: 15 });
      const { status } = await cluster.untilReady('undone');
      expect(status['drift']).toBeUndefined();
      expect(await cloud.writes(mark)).toEqual([]);
    },
  },
  {
    name: 'leaves ignored fields to others and keeps the rest',
    reason: 'A tool of another team tunes one field; two controllers on it would fight for ever.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const spec = { idleTimeout: 20, ignoreFields: ['idleTimeout'] };
      const { listenerId } = await scene.ready('ignored', scene.spec(spec));
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 20 });
      await cloud.editByHand(listenerId, { IdleTimeout: 77, RequestTimeout: 77 });
      await cloud.untilListener(listenerId, { RequestTimeout: 60 });
      await cluster.untilReady('ignored');
      await cluster.lookedAt('ignored');
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 77, RequestTimeout: 60 });
    },
  },
  {
    name: 'stops updating what the cloud never follows, names the field, and starts again after an edit',
    reason:
      'An update that changes nothing, every few minutes for ever, locks the listener and floods the audit.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('stubborn', scene.spec());
      const mark = await cloud.mark();
      await cluster.apply('stubborn', scene.spec(STUBBORN));
      const stuck = await cluster.untilReason('stubborn', 'NotConverging');
      expect(messageOf(stuck)).toContain('xForwardedForConfig.xForwardedForHostEnabled false → true');
      expect(stuck.status.conditions.find(({ type }) => type === 'Stalled')?.status).toBe('True');
      expect(await updatesSince(scene, mark)).toBe(3);
      await cloud.untilReads(3);
      expect(await updatesSince(scene, mark)).toBe(3);

      const { object } = await scene.ready('stubborn', scene.spec({ idleTimeout: 20 }));
      expect(object.status['convergence']).toBeUndefined();
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 20, ListenerStatus: 'Running' });
    },
  },
  {
    name: 'tries again what it gave up when somebody asks for it',
    reason: 'The cloud gets fixed; nobody should have to invent an edit for it.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId } = await scene.ready('asked', scene.spec());
      await cluster.apply('asked', scene.spec(STUBBORN));
      await cluster.untilReason('asked', 'NotConverging');
      const mark = await cloud.mark();
      await cluster.annotate('asked', RECONCILE_REQUEST, 'now');
      await cluster.until('asked', ({ status }) => status['handledReconcileAt'] === 'now');
      expect(await updatesSince(scene, mark)).toBeGreaterThan(0);

      // The cloud follows at last.
      const { XForwardedForConfig = {} } = (await cloud.listener(listenerId)) ?? {};
      await cloud.editByHand(listenerId, {
        XForwardedForConfig: { ...XForwardedForConfig, XForwardedForHostEnabled: true },
      });
      await cluster.untilReady('asked');
      expect(await cloud.listener(listenerId)).toMatchObject({
        XForwardedForConfig: { XForwardedForHostEnabled: true },
      });
    },
  },
];
