import { expect } from 'vitest';
import { certificate } from '../scenarios/scene.ts';
import { messageOf } from '../scenarios/scene-cluster.ts';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';

const QUIC = { listenerProtocol: 'QUIC' };
const NOT_MINE = ['InvalidReference'];

/** Attempts to hold, block or read through a reference. */
export const REFERENCES: readonly TenantRow[] = [
  {
    name: 'names the listener in quicListenerId on a load balancer of its own',
    reason: 'A listener that others refer to is not deleted.',
    async run(attack) {
      const quicListenerId = await attack.victimRuns();
      await attack.attacker.apply(
        'anchor',
        upgrading(attack, attack.elsewhere.loadBalancerId, { quicListenerId }),
      );
      await attack.refused('anchor', ...NOT_MINE);
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop');
    },
  },
  {
    name: 'associates its HTTPS listener with the QUIC listener on the shared load balancer, for real',
    reason: 'The cloud takes one association, and deletes no QUIC listener that has one.',
    async run(attack) {
      const quicListenerId = await attack.victimRuns('shop-quic', QUIC);
      const { loadBalancerId } = attack.cloud;
      await attack.attacker.apply('anchor', upgrading(attack, loadBalancerId, { quicListenerId }));
      await attack.refused('anchor', ...NOT_MINE);
      const mine = { quicConfig: { quicUpgradeEnabled: true, quicListenerRef: { name: 'shop-quic' } } };
      await attack.victimRuns('shop', mine);
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop');
      await attack.victim.expectDeletable('shop-quic');
    },
  },
  {
    name: 'turns an association of its own over to the QUIC listener of the victim with an edit',
    reason: 'A check that only creations pass through is passed by an edit.',
    async run(attack) {
      const quicListenerId = await attack.victimRuns('shop-quic', QUIC);
      const { loadBalancerId } = attack.cloud;
      await attack.attacker.apply(
        'own-quic',
        attack.spec({ ...QUIC, listenerPort: 8444, ...certificate('1001') }),
      );
      await attack.attacker.untilReady('own-quic');
      await attack.attacker.apply(
        'anchor',
        upgrading(attack, loadBalancerId, { quicListenerRef: { name: 'own-quic' } }),
      );
      await attack.attacker.untilReady('anchor');
      await attack.attacker.apply('anchor', upgrading(attack, loadBalancerId, { quicListenerId }));
      await attack.refused('anchor', ...NOT_MINE);
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop-quic');
      await attack.victimRuns();
    },
  },
  {
    name: 'refers to the QUIC listener with an object that is suspended, observed, planned or refused',
    reason: 'A reference that never reaches the cloud must hold nothing either.',
    async run(attack) {
      const quicListenerId = await attack.victimRuns('shop-quic', QUIC);
      const { loadBalancerId } = attack.cloud;
      const policies = [{ suspend: true }, { reconcilePolicy: 'Observe' }, { reconcilePolicy: 'DryRun' }, {}];
      for (const [at, policy] of policies.entries()) {
        const name = `anchor-${at}`;
        const spec = upgrading(attack, loadBalancerId, { quicListenerId }, 9000 + at);
        await attack.attacker.apply(name, { ...spec, ...policy }, PLANTED);
        await attack.attacker.until(name, ({ status }) => status.conditions.length > 0);
      }
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop-quic');
      await attack.victimRuns();
    },
  },
  {
    name: 'refers by name to an own object whose status names the QUIC listener of the victim',
    reason: 'A reference is resolved through a status, and a status can lie.',
    grants: ['status'],
    async run(attack) {
      const quicListenerId = await attack.victimRuns('shop-quic', QUIC);
      const { status } = await attack.victim.cluster.untilReady('shop-quic');
      await attack.attacker.apply(
        'liar-quic',
        attack.spec({ ...QUIC, listenerPort: 8444, suspend: true, ...certificate('1001') }),
      );
      await attack.attacker.untilReason('liar-quic', 'Suspended');
      await attack.lie('liar-quic', { ...status, listenerId: quicListenerId });
      const { loadBalancerId } = attack.cloud;
      await attack.attacker.apply(
        'liar-anchor',
        upgrading(attack, loadBalancerId, { quicListenerRef: { name: 'liar-quic' } }),
      );
      await attack.attacker.until('liar-anchor', ({ status: { conditions } }) => conditions.length > 0);
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop-quic');
      await attack.victimRuns();
    },
  },
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

/** An HTTPS spec of the attacker that sends its clients on to a QUIC listener. */
function upgrading(attack: Attack, loadBalancerId: string, to: object, listenerPort = 8443): object {
  return attack.spec({
    loadBalancerId,
    listenerPort,
    listenerProtocol: 'HTTPS',
    ...certificate('1001'),
    quicConfig: { quicUpgradeEnabled: true, ...to },
  });
}
