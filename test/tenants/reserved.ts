import { expect } from 'vitest';
import { ownershipTags } from './adoption.ts';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';

const NOT_ALLOWED = 'LoadBalancerNotAllowed';
/** A label that takes an object out of the sight of the operator. */
const UNSEEN = { labels: { unseen: 'by-the-operator' } };

/** Attempts under `LOAD_BALANCER_NAMESPACES`, `WATCH_SELECTOR` and `ADOPT_FROM_CLUSTERS`. */
export const RESERVED: readonly TenantRow[] = [
  {
    name: 'declares a listener on a free port of a load balancer that only the victim may use',
    reason: 'A port that is taken is one that the victim cannot have.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('intruder', attack.spec({ listenerPort: 8443 }));
      await attack.refused('intruder', NOT_ALLOWED);
      await hasThePort(attack);
    },
  },
  {
    name: 'names a load balancer that only the victim may use through a ConfigMap, after one of its own',
    reason: 'An id that comes from elsewhere, or changes, has to pass the same check.',
    async run(attack) {
      await attack.victimRuns();
      const loadBalancerIdFrom = { configMapKeyRef: { name: 'network', key: 'lb' } };
      const spec = attack.spec({ loadBalancerId: undefined, loadBalancerIdFrom, listenerPort: 8443 });
      await attack.attacker.configMap('network', { lb: attack.elsewhere.loadBalancerId });
      await attack.attacker.apply('intruder', { ...spec, suspend: true });
      await attack.attacker.untilReason('intruder', 'Suspended');
      await attack.attacker.configMap('network', { lb: attack.cloud.loadBalancerId });
      await attack.attacker.edit('intruder', { suspend: null });
      await attack.refused('intruder', NOT_ALLOWED);
      await hasThePort(attack);
    },
  },
  {
    name: 'adopts or observes the listener on a load balancer that only the victim may use',
    reason: 'Neither creates anything, so both could pass a check that only creations pass through.',
    async run(attack) {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply('adopter', attack.spec({ adopt: { listenerId } }));
      const observe = { adopt: { listenerId }, reconcilePolicy: 'Observe' };
      await attack.attacker.apply('observer', attack.spec(observe));
      await attack.refused('adopter', NOT_ALLOWED);
      await attack.refused('observer', NOT_ALLOWED);
    },
  },
  {
    name: 'says in its status that a creation has begun on a load balancer that only the victim may use',
    reason: 'An object whose creation is on record keeps its claim to the port.',
    grants: ['status'],
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec({ listenerPort: 8443 }));
      await attack.refused('liar', NOT_ALLOWED);
      const startedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      const { loadBalancerId } = attack.cloud;
      await attack.lie('liar', {
        creation: { incarnation: 0, startedAt, unsettledAt: startedAt },
        loadBalancerId,
      });
      await hasThePort(attack);
    },
  },
  {
    name: 'has an older object on the port seen by the operator only once the victim runs',
    reason: 'Of two objects that claim a port the older one comes first, and `WATCH_SELECTOR` can hide it.',
    async run(attack) {
      const { loadBalancerId } = attack.elsewhere;
      await attack.attacker.apply('hidden', attack.specElsewhere(), UNSEEN);
      await attack.isOlder('hidden');
      await attack.victimRuns();
      await attack.victimRuns('neighbour', { loadBalancerId, listenerPort: 8443 });
      await attack.attacker.edit('hidden', { listenerPort: 8443 });
      await attack.attacker.kubectl('label', 'alblistener', 'hidden', 'unseen-');
      await attack.refused('hidden', 'PortClaimed', 'PortTaken');
    },
  },
  {
    name: 'adopts a listener without a cluster tag that belongs to the victim, where such listeners may be adopted',
    reason: 'The setting says which clusters are trusted; the namespace and name in the tags still decide.',
    async run(attack) {
      await attack.victimRuns();
      const { ListenerId } = await attack.elsewhere.candidate({
        ListenerPort: 8080,
        Tags: ownershipTags('11111111-1111-4111-8111-111111111111', attack.victim.cluster.namespace, 'old'),
      });
      const spec = attack.specElsewhere({ listenerPort: 8080, adopt: { listenerId: ListenerId } });
      await attack.attacker.apply('old', spec, PLANTED);
      await attack.refused('old', 'AdoptionRefused');
      await attack.attacker.delete('old');
      await attack.attacker.untilGone('old');
      // The setting is in effect: the object that the tags name takes its listener back.
      expect(await attack.victim.runs('old', spec)).toBe(ListenerId);
    },
  },
];

/** The settings of an operator for these rows: the shared load balancer of each is the victim's alone. */
export const RESERVED_SETTINGS = {
  LOAD_BALANCER_NAMESPACES: RESERVED.map((_, at) => `alb-shared${at + 1}=victim${at + 1}`).join(';'),
  WATCH_SELECTOR: 'unseen!=by-the-operator',
  ADOPT_FROM_CLUSTERS: 'untagged',
};

/** The victim gets the port that the attacker has asked for. */
async function hasThePort(attack: Attack): Promise<void> {
  await attack.victimRuns('late', { listenerPort: 8443 });
}
