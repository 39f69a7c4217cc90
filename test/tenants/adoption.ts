import { expect } from 'vitest';
import { certificate } from '../scenarios/scene.ts';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';

/** As the victim has it: only a listener of the declared protocol can be adopted. */
const HTTPS = { listenerProtocol: 'HTTPS', ...certificate('1001') };

/** Attempts to take a listener over with `adopt`. */
export const ADOPTION: readonly TenantRow[] = [
  {
    name: 'adopts the listener by its id',
    reason: 'Whoever has a listener in its status may change and delete it.',
    async run(attack) {
      await adopts(attack);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts the listener with the finalizer of the operator in the manifest',
    reason: 'A finalizer looks like a status that was wiped, and a wiped status is recovered from.',
    async run(attack) {
      await adopts(attack, {}, PLANTED);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts the listener and asks to retain it, so that its ownership tags are removed with the object',
    reason: 'Without its tags the listener is one that anybody may adopt.',
    async run(attack) {
      await adopts(attack, { deletionPolicy: 'Retain' }, PLANTED);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
      await attack.attacker.delete('thief');
      await attack.attacker.untilGone('thief');
    },
  },
  {
    name: 'adopts the listener to observe it only',
    reason: 'status.observed shows certificates, description and server groups.',
    async run(attack) {
      await adopts(attack, { reconcilePolicy: 'Observe' }, PLANTED);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused', 'PortTaken');
    },
  },
  {
    name: 'adopts the listener while it observes, then manages it',
    reason: 'A right that is checked once, when it is harmless, is no check.',
    async run(attack) {
      await adopts(attack, { reconcilePolicy: 'Observe' });
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused', 'PortTaken');
      await attack.attacker.edit('thief', { reconcilePolicy: 'Manage' });
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts the listener in a dry run, then in earnest',
    reason: 'status.plan lists the fields that would change, with the values that are there.',
    async run(attack) {
      await adopts(attack, { reconcilePolicy: 'DryRun' }, PLANTED);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused', 'PortTaken');
      await attack.attacker.edit('thief', { reconcilePolicy: null });
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts the listener from an object that declares another load balancer',
    reason: 'No rival is on that port, so only the ownership tags stand in the way.',
    async run(attack) {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply(
        'thief',
        attack.specElsewhere({ ...HTTPS, adopt: { listenerId } }),
        PLANTED,
      );
      await attack.refused('thief', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts the listener from an object that reads its load balancer from a ConfigMap',
    reason: 'Rivals are looked up by load balancer and port, and this manifest names none.',
    async run(attack) {
      const listenerId = await attack.victimRuns();
      await attack.attacker.configMap('network', { lb: attack.cloud.loadBalancerId });
      const loadBalancerIdFrom = { configMapKeyRef: { name: 'network', key: 'lb' } };
      const spec = { ...HTTPS, loadBalancerId: undefined, loadBalancerIdFrom, adopt: { listenerId } };
      await attack.attacker.apply('thief', attack.spec(spec), PLANTED);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts the listener while its owner is suspended',
    reason: 'The operator keeps out of a suspended object, and must keep others out as well.',
    async run(attack) {
      const listenerId = await attack.victimRuns();
      await attack.victim.cluster.edit('shop', { suspend: true });
      const object = await attack.victim.cluster.untilReason('shop', 'Suspended');
      await attack.victim.snapshot('shop', object);
      await attack.attacker.apply('thief', attack.spec({ ...HTTPS, adopt: { listenerId } }), PLANTED);
      await attack.refused('thief', 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'adopts a listener whose owner is gone, while its tags name another namespace',
    reason: 'The owner may come back from a backup; until then nobody else may have its listener.',
    async run(attack) {
      await attack.victimRuns();
      const orphan = await attack.cloud.stranger({
        ListenerPort: 8080,
        Tags: ownershipTags('11111111-1111-4111-8111-111111111111', attack.victim.cluster.namespace, 'old'),
      });
      const adopt = { listenerId: orphan.ListenerId };
      await attack.attacker.apply('thief', attack.spec({ listenerPort: 8080, adopt }), PLANTED);
      await attack.refused('thief', 'AdoptionRefused', 'PortTaken');
    },
  },
  {
    name: 'adopts the listener with an object of the same name, and of a name that agrees in the 128 characters of the tag',
    reason: 'An earlier life of the same object is recognised by namespace and name.',
    async run(attack) {
      const long = 'a'.repeat(128);
      const first = await attack.victimRuns();
      const second = await attack.victimRuns(`${long}-victim`, { listenerPort: 8443 });
      const adopting = (listenerId: string, listenerPort: number) =>
        attack.spec({ ...HTTPS, listenerPort, adopt: { listenerId } });
      await attack.attacker.apply('shop', adopting(first, attack.port), PLANTED);
      await attack.attacker.apply(`${long}-attacker`, adopting(second, 8443), PLANTED);
      await attack.refused('shop', 'PortClaimed', 'AdoptionRefused');
      await attack.refused(`${long}-attacker`, 'PortClaimed', 'AdoptionRefused');
    },
  },
  {
    name: 'names the ownership tags of the operator among its own tags',
    reason: 'A listener with the UID of the victim would count as one of the victim.',
    async run(attack) {
      await attack.victimRuns();
      const { uid } = (await attack.victim.cluster.untilReady('shop')).metadata;
      const tags = [{ key: 'alb-listener-operator/uid', value: uid }];
      const refusal = await attack.attacker.refusal('forger', attack.specElsewhere({ tags }));
      expect(refusal).toContain('must not start with alb-listener-operator/');
    },
  },
];

async function adopts(attack: Attack, changes: object = {}, metadata: object = {}): Promise<void> {
  const listenerId = await attack.victimRuns();
  await attack.attacker.apply(
    'thief',
    attack.spec({ ...HTTPS, adopt: { listenerId }, ...changes }),
    metadata,
  );
}

/** The tags of a listener from before the cluster tag. */
export function ownershipTags(uid: string, namespace: string, name: string) {
  return [
    { Key: 'alb-listener-operator/uid', Value: uid },
    { Key: 'alb-listener-operator/namespace', Value: namespace },
    { Key: 'alb-listener-operator/name', Value: name },
    { Key: 'alb-listener-operator/incarnation', Value: '0' },
  ];
}
