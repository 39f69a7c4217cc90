import { expect } from 'vitest';
import { certificate } from '../scenarios/scene.ts';
import type { StoredListener } from '../support/operator-world.ts';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';

const HTTPS = { listenerProtocol: 'HTTPS', ...certificate('1001') };
const LONG_AGO = '2020-01-01T00:00:00Z';

/** What a namespace can do that was given the right to write `status`, which makes it lord over its own listeners alone. */
export const STATUS: readonly TenantRow[] = [
  row(
    'names the listener in the status of an object on another load balancer, then deletes the object',
    'The id in the status is the listener that a deletion deletes.',
    async (attack) => {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply('liar', attack.specElsewhere());
      await attack.attacker.untilReady('liar');
      await attack.lie('liar', { listenerId });
      await attack.refused('liar', 'OwnershipLost');
    },
  ),
  row(
    'names the listener in the status of an object on the same port, then edits and deletes the object',
    'Load balancer, port and id agree; only the ownership tag tells the two apart.',
    async (attack) => {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec(HTTPS), PLANTED);
      await attack.refused('liar', 'PortClaimed', 'PortTaken');
      await attack.lie('liar', { listenerId, loadBalancerId: attack.cloud.loadBalancerId });
      await attack.attacker.edit('liar', { idleTimeout: 44 });
      await told(attack, 'liar');
    },
  ),
  row(
    'copies the whole status of the victim onto an object with the same spec',
    'Everything that is remembered about the listener agrees, down to the account.',
    async (attack) => {
      await attack.victimRuns();
      const { status } = await attack.victim.cluster.untilReady('shop');
      await attack.attacker.apply('liar', attack.victimSpec(), PLANTED);
      await attack.refused('liar', 'PortClaimed', 'PortTaken');
      await attack.lie('liar', status);
      await attack.attacker.edit('liar', { idleTimeout: 44 });
      await told(attack, 'liar');
    },
  ),
  row(
    'says in the status that the deletion of the listener is under way',
    'An operation that is remembered is followed to its end.',
    async (attack) => {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec(HTTPS), PLANTED);
      await attack.refused('liar', 'PortClaimed', 'PortTaken');
      const operation = { kind: 'Delete', startedAt: LONG_AGO, jobId: 'job-of-nobody', requestId: 'REQ-0' };
      await attack.lie('liar', { listenerId, loadBalancerId: attack.cloud.loadBalancerId, operation });
      await attack.attacker.delete('liar');
    },
  ),
  row(
    'says in the status that a creation of unknown outcome is under way, and adopts the listener',
    'A creation of unknown outcome is looked for at the port, past the rivals.',
    async (attack) => {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec({ ...HTTPS, suspend: true }));
      await attack.attacker.untilReason('liar', 'Suspended');
      const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      const creation = { incarnation: 0, startedAt: now, unsettledAt: now };
      await attack.lie('liar', { creation, loadBalancerId: attack.cloud.loadBalancerId });
      await attack.attacker.edit('liar', { suspend: null, adopt: { listenerId } });
      await attack.refused('liar', 'PortClaimed', 'PortTaken', 'AdoptionRefused');
    },
  ),
  row(
    'says in the status that the tags of the victim and of the operator on the listener are its own',
    'Tags that are remembered as set are removed with the manifest that had them.',
    async (attack) => {
      const listenerId = await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec(HTTPS), PLANTED);
      await attack.refused('liar', 'PortClaimed', 'PortTaken');
      const managedTagKeys = ['uid', 'namespace', 'name'].map((key) => `alb-listener-operator/${key}`);
      await attack.lie('liar', { listenerId, managedTagKeys, managedAttachments: ['aclConfig'] });
      await attack.attacker.edit('liar', { deletionPolicy: 'Retain', tags: [] });
      await attack.attacker.delete('liar');
    },
  ),
  row(
    'wipes the status of an object with the finalizer on the port',
    'A status that was wiped is recovered from the cloud, by port and ownership tag.',
    async (attack) => {
      await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec(HTTPS), PLANTED);
      await attack.refused('liar', 'PortClaimed', 'PortTaken');
      await wipe(attack);
      await attack.refused('liar', 'PortClaimed', 'PortTaken');
      await wipe(attack);
      await attack.attacker.delete('liar');
      await attack.attacker.untilGone('liar');
    },
  ),
  row(
    'says in the status that it has a listener on the port of the victim, which runs',
    'Among claimants the one with a listener comes first.',
    async (attack) => {
      await attack.victimRuns();
      await attack.attacker.apply('liar', attack.spec({ ...HTTPS, suspend: true }), PLANTED);
      await attack.attacker.untilReason('liar', 'Suspended');
      await attack.lie('liar', {
        listenerId: 'lsn-000000000000000liar',
        loadBalancerId: attack.cloud.loadBalancerId,
      });
      // The victim is looked at again and again meanwhile, and keeps its claim.
      await attack.cloud.untilReads(4);
    },
  ),
  row(
    'says in the status that another installation of the operator works on it',
    'The operator stands back from objects of another installation.',
    async (attack) => {
      await attack.victimRuns();
      await attack.attacker.apply('liar', attack.specElsewhere());
      await attack.attacker.untilReady('liar');
      await attack.lie('liar', { installation: 'another' });
      await attack.cloud.untilReads(2);
    },
  ),
  row(
    'says in the status, from another load balancer, that it has the listener that the victim adopts',
    'A listener that another object has cannot be adopted.',
    async (attack) => {
      const { ListenerId } = await attack.cloud.candidate({ ListenerPort: 8080 });
      await attack.attacker.apply('liar', attack.specElsewhere({ suspend: true }));
      await attack.attacker.untilReason('liar', 'Suspended');
      await attack.lie('liar', { listenerId: ListenerId, creation: { incarnation: 0, startedAt: LONG_AGO } });
      const http = { listenerProtocol: 'HTTP', certificates: undefined };
      const adopting = { listenerPort: 8080, adopt: { listenerId: ListenerId }, ...http };
      expect(await attack.victimRuns('shop', adopting)).toBe(ListenerId);
    },
  ),
];

function row(name: string, reason: string, run: (attack: Attack) => Promise<void>): TenantRow {
  return { name, reason, grants: ['status'], run };
}

/** Waits until the operator has judged the object as it is now. */
function told(attack: Attack, name: string): Promise<StoredListener> {
  return attack.attacker.until(
    name,
    ({ status, metadata }) => status.observedGeneration === metadata.generation,
  );
}

async function wipe(attack: Attack): Promise<void> {
  const { status } = await attack.refused('liar', 'PortClaimed', 'PortTaken');
  await attack.lie('liar', Object.fromEntries(Object.keys(status).map((field) => [field, null])));
}
