import { certificate } from '../scenarios/scene.ts';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';

/**
 * What one cluster can do to another: two operators with default settings, each on its own API server, in one account.
 * Attacker and victim have namespaces of the same name, and the manifest of the victim is the attacker's too.
 */
export const CLUSTERS: readonly TenantRow[] = [
  {
    name: 'applies the same manifest in a second cluster',
    reason: 'A manifest that is rolled out to two clusters must not move a listener from one to the other.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('shop', attack.victimSpec());
      await attack.refused('shop', 'PortTaken');
    },
  },
  {
    name: 'applies the same manifest with the finalizer of the operator in a second cluster',
    reason:
      'Backups carry finalizers; in the other cluster the object looks like one whose status was wiped.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('shop', attack.victimSpec(), PLANTED);
      await attack.refused('shop', 'PortTaken');
    },
  },
  {
    name: 'applies the same manifest with the id to adopt in a second cluster',
    reason: 'Namespace and name agree with the tags; only the cluster differs.',
    run: (attack) => adopts(attack, {}),
  },
  {
    name: 'adopts the listener from the same object in a second cluster, which asks to retain it',
    reason: 'Deleting the object would take the ownership tags of the first cluster away.',
    run: (attack) => adopts(attack, { deletionPolicy: 'Retain' }),
  },
  {
    name: 'observes the listener from the same object in a second cluster, then manages it',
    reason: 'Watching a listener is how a move between clusters begins.',
    async run(attack) {
      await adopts(attack, { reconcilePolicy: 'Observe' });
      await attack.attacker.edit('shop', { reconcilePolicy: null });
      await attack.refused('shop', 'AdoptionRefused', 'PortTaken');
    },
  },
  {
    name: 'adopts the listener from the same object in a second cluster while the first operator is down',
    reason: 'An owner that does not answer is still the owner.',
    async run(attack) {
      const listenerId = await attack.victimRuns();
      await attack.world.stopOperator();
      try {
        await attack.attacker.apply('shop', attack.victimSpec({ adopt: { listenerId } }), PLANTED);
        await attack.refused('shop', 'AdoptionRefused', 'PortTaken');
      } finally {
        await attack.world.startOperator();
      }
    },
  },
  {
    name: 'refers to the QUIC listener of the first cluster from a namespace of the same name in a second one',
    reason: 'Namespaces of two clusters have nothing in common but the name.',
    async run(attack) {
      const quicListenerId = await attack.victimRuns('shop-quic', { listenerProtocol: 'QUIC' });
      const quicConfig = { quicUpgradeEnabled: true, quicListenerId };
      const https = { listenerProtocol: 'HTTPS', listenerPort: 8443, ...certificate('1001'), quicConfig };
      await attack.attacker.apply('anchor', attack.spec(https));
      await attack.refused('anchor', 'InvalidReference');
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable('shop-quic');
      await attack.victimRuns();
    },
  },
];

async function adopts(attack: Attack, changes: object): Promise<void> {
  const listenerId = await attack.victimRuns();
  await attack.attacker.apply('shop', attack.victimSpec({ adopt: { listenerId }, ...changes }), PLANTED);
  await attack.refused('shop', 'AdoptionRefused', 'PortTaken');
}
