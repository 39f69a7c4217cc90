import { expect } from 'vitest';
import type { Scenario } from './scenario.ts';
import { messageOf } from './scene-cluster.ts';

export const TAGS: readonly Scenario[] = [
  {
    name: 'sets, changes and removes tags, and leaves those of others',
    reason: 'Accounting and policies put their own tags on every resource.',
    async run(scene) {
      const { cloud } = scene;
      const tags = [
        { key: 'env', value: 'test' },
        { key: 'team', value: 'api' },
      ];
      const { listenerId } = await scene.ready('tagged', scene.spec({ tags }));
      const before = await cloud.listener(listenerId);
      await cloud.editByHand(listenerId, {
        Tags: [...(before?.Tags ?? []), { Key: 'cost-centre', Value: '42' }],
      });
      await scene.ready('tagged', scene.spec({ tags: [{ key: 'team', value: 'web' }] }));
      expect(await cloud.tags(listenerId)).toEqual(['cost-centre=42', 'team=web']);

      await scene.ready('tagged', scene.spec());
      expect(await cloud.tags(listenerId)).toEqual(['cost-centre=42']);
    },
  },
  {
    name: 'leaves all tags to others where the manifest says so',
    reason: 'In some companies a tagging service has the last word.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const tags = [{ key: 'env', value: 'test' }];
      const { listenerId } = await scene.ready('theirs', scene.spec({ tags, ignoreFields: ['tags'] }));
      expect(await cloud.tags(listenerId)).toEqual(['env=test']);
      const { Tags = [] } = (await cloud.listener(listenerId)) ?? {};
      await cloud.editByHand(listenerId, { Tags: Tags.filter(({ Key }) => Key !== 'env') });
      await cluster.lookedAt('theirs');
      expect(await cloud.tags(listenerId)).toEqual([]);
    },
  },
  {
    name: 'does not touch a listener that lost the tag of its owner, until it is back',
    reason: 'The tag proves whose it is; without the proof, changing or deleting it could hit a stranger.',
    async run(scene) {
      const { cluster, cloud } = scene;
      const { listenerId, object } = await scene.ready('unproven', scene.spec());
      const { Tags = [] } = (await cloud.listener(listenerId)) ?? {};
      await cloud.editByHand(listenerId, { Tags: [], IdleTimeout: 77 });
      const lost = await cluster.untilReason('unproven', 'OwnershipLost');
      expect(messageOf(lost)).toContain(`alb-listener-operator/uid=${object.metadata.uid}`);
      const mark = await cloud.mark();
      await cluster.delete('unproven');
      await cluster.until('unproven', ({ status }) => status.phase === 'Deleting');
      await cluster.lookedAt('unproven');
      expect(await cloud.writes(mark)).toEqual([]);
      expect(await cloud.listener(listenerId)).toMatchObject({ IdleTimeout: 77 });

      await cloud.editByHand(listenerId, { Tags });
      await cluster.untilGone('unproven');
      expect(await cloud.listeners()).toEqual([]);
    },
  },
];
