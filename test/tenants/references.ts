import { expect } from 'vitest';
import { messageOf } from '../scenarios/scene-cluster.ts';
import type { TenantRow } from './attack.ts';

const QUIC = { listenerProtocol: 'QUIC' };
const NOT_MINE = ['InvalidReference'];

/** Attempts to hold, block or read through a reference. */
export const REFERENCES: readonly TenantRow[] = [
  {
    name: 'says in its status that the cloud has associated it with the QUIC listener',
    reason: 'What the cloud was last seen to have holds a deletion as well.',
    grants: ['status'],
    async run(attack) {
      const quicListenerId = await attack.victimRuns('shop-quic', QUIC);
      await attack.attacker.apply('liar', attack.spec({ listenerPort: 8080, suspend: true }));
      await attack.attacker.untilReason('liar', 'Suspended');
      await attack.lie('liar', {
        observed: { listenerStatus: 'Running', quicConfig: { quicUpgradeEnabled: true, quicListenerId } },
      });
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop-quic');
      await attack.victimRuns();
    },
  },
  {
    name: 'reads a ConfigMap of the victim through a reference',
    reason: 'A value that is no id would be shown, and one that is an id be used.',
    async run(attack) {
      await attack.victimRuns();
      await attack.victim.cluster.configMap('network', { lb: attack.cloud.loadBalancerId });
      const from = (name: string) => ({
        loadBalancerId: undefined,
        loadBalancerIdFrom: { configMapKeyRef: { name, key: 'lb' } },
      });
      await attack.attacker.apply('reader', attack.spec(from('network')));
      const refused = await attack.refused('reader', ...NOT_MINE);
      expect(messageOf(refused)).toContain(`there is no ConfigMap ${attack.attacker.namespace}/network`);
      const path = `${attack.victim.cluster.namespace}/network`;
      expect(await attack.attacker.refusal('traveller', attack.spec(from(path)))).toContain(
        'configMapKeyRef.name',
      );
    },
  },
  {
    name: 'moves its listener onto the port through its ConfigMap, once it stands elsewhere',
    reason: 'A manifest that does not change could change its load balancer.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.configMap('network', { lb: attack.elsewhere.loadBalancerId });
      const loadBalancerIdFrom = { configMapKeyRef: { name: 'network', key: 'lb' } };
      await attack.attacker.apply('mover', attack.spec({ loadBalancerId: undefined, loadBalancerIdFrom }));
      await attack.attacker.untilReady('mover');
      await attack.attacker.configMap('network', { lb: attack.cloud.loadBalancerId });
      await attack.refused('mover', ...NOT_MINE);
    },
  },
];
