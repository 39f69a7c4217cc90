import { expect } from 'vitest';
import { HOME_ACCOUNT } from '../../src/simulator/home-account.ts';
import { messageOf } from '../scenarios/scene-cluster.ts';
import type { TenantRow } from './attack.ts';
import { FOREIGN_ACCOUNT, FOREIGN_KEY, HOME_KEY, putKeys } from './keys.ts';
import { KEYS_SECRET } from './tenant.ts';

const WITH_KEYS = { credentialsSecretRef: { name: KEYS_SECRET } };

/** What can be done with Secrets. */
export const SECRETS: readonly TenantRow[] = [
  {
    name: 'rotates its Secret to a key of another account while its creation on the load balancer is under way',
    reason: 'Seen with the new key, the port is free and the listener of the victim not there.',
    async run(attack) {
      await attack.victimRuns();
      await putKeys(attack.attacker, HOME_KEY);
      const release = await attack.holdCreation(8080);
      await attack.attacker.apply('rotating', attack.spec({ ...WITH_KEYS, listenerPort: 8080 }));
      const call = await attack.heldCreation(8080);
      await putKeys(attack.attacker, FOREIGN_KEY);
      await release(call.sequence);
      await attack.refused('rotating', 'WrongAccount');
      await attack.victim.expectUntouched();
      await putKeys(attack.attacker, HOME_KEY);
      await attack.attacker.untilReady('rotating');
      expect(await attack.cloud.listeners()).toHaveLength(2);
    },
  },
  {
    name: 'claims the port while the Secret of the victim is missing in the middle of its creation',
    reason: 'A claim that lapses with a key would lose a port to a moment of rotation.',
    async run(attack) {
      const { cluster } = attack.victim;
      await putKeys(cluster, HOME_KEY);
      const release = await attack.holdCreation(attack.port);
      await cluster.apply('shop', attack.victimSpec(WITH_KEYS));
      const call = await attack.heldCreation(attack.port);
      await cluster.kubectl('delete', 'secret', KEYS_SECRET);
      await release(call.sequence, 'cut');
      await attack.attacker.apply('snatcher', attack.spec());
      await attack.refused('snatcher', 'PortClaimed', 'PortTaken');
      await putKeys(cluster, HOME_KEY);
      await attack.victim.isReady('shop');
      expect(await attack.cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'assumes the RAM role of the victim',
    reason: 'Whoever may write Secrets can write any roleArn.',
    async run(attack) {
      const { namespace } = attack.victim.cluster;
      const RoleArn = `acs:ram::${FOREIGN_ACCOUNT}:role/alb-listeners-of-${namespace}`;
      const ExternalId = `alb-listener-operator/${namespace}`;
      await attack.world.cloud.patchInventory({
        roles: [{ RoleArn, accountId: HOME_ACCOUNT, trustedAccountIds: [HOME_ACCOUNT], ExternalId }],
      });
      await putKeys(attack.victim.cluster, { roleArn: RoleArn });
      await attack.victimRuns('shop', WITH_KEYS);
      await putKeys(attack.attacker, { roleArn: RoleArn });
      await attack.attacker.apply('impostor', attack.spec({ ...WITH_KEYS, listenerPort: 8080 }));
      await attack.refused('impostor', 'Forbidden');
    },
  },
  {
    name: 'refers to the Secret of the victim',
    reason: 'The operator may read it, on behalf of the victim.',
    async run(attack) {
      await putKeys(attack.victim.cluster, HOME_KEY);
      await attack.victimRuns('shop', WITH_KEYS);
      await attack.attacker.apply('reader', attack.spec({ ...WITH_KEYS, listenerPort: 8080 }));
      const refused = await attack.refused('reader', 'InvalidReference');
      expect(messageOf(refused)).toContain(`There is no Secret ${attack.attacker.namespace}/${KEYS_SECRET}`);
      const { namespace } = attack.victim.cluster;
      const elsewhere = { credentialsSecretRef: { name: KEYS_SECRET, namespace } };
      expect(await attack.attacker.refusal('traveller', attack.spec(elsewhere))).toContain(
        'spec.credentialsSecretRef.namespace',
      );
    },
  },
  {
    name: 'puts hundreds of kilobytes and odd characters into its Secret',
    reason: 'What is read for one namespace is held in the memory of all.',
    async run(attack) {
      await attack.victimRuns();
      const accessKeyId = `${'\u202e'.repeat(1000)}\r\n${'k'.repeat(300_000)}`;
      await putKeys(attack.attacker, { accessKeyId, accessKeySecret: 's'.repeat(300_000) });
      await attack.attacker.apply('stuffed', attack.spec({ ...WITH_KEYS, listenerPort: 8080 }));
      const { status } = await attack.attacker.until(
        'stuffed',
        (object) => object.status.conditions.length > 0,
      );
      expect(JSON.stringify(status)).not.toContain('kkkk');
    },
  },
];
