import { expect } from 'vitest';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';
import { FOREIGN_KEY, putKeys } from './keys.ts';
import { KEYS_SECRET } from './tenant.ts';

/** Attempts to keep the victim from a port with an object that never gets a listener there. */
export const SQUATTING: readonly TenantRow[] = [
  squatter('refers to a Secret that does not exist', { credentialsSecretRef: { name: 'nowhere' } }, [
    'InvalidReference',
  ]),
  squatter('only observes', { reconcilePolicy: 'Observe' }),
  squatter('only plans', { reconcilePolicy: 'DryRun' }),
  squatter('is suspended', { suspend: true }),
  squatter('names a region that does not exist', { regionId: 'oss-cn-hangzhou' }),
  squatter('names another region of the operator', { regionId: 'cn-shanghai' }),
  squatter(
    'takes a server group from a ConfigMap that does not exist',
    {
      defaultActions: [
        {
          type: 'ForwardGroup',
          forwardGroupConfig: {
            serverGroupTuples: [{ serverGroupIdFrom: { configMapKeyRef: { name: 'nowhere', key: 'sgp' } } }],
          },
        },
      ],
    },
    ['InvalidReference'],
  ),
  squatter('adopts a listener that does not exist', { adopt: { listenerId: 'lsn-0000000000nowhere' } }),
  squatter('carries the finalizer of the operator and is suspended', { suspend: true }, [], PLANTED),
  {
    name: 'claims the port with a suspended object that is deleted and never goes',
    reason: 'It stays for as long as it is suspended, and nobody else can delete it.',
    async run(attack) {
      await attack.attacker.apply('squatter', attack.spec({ suspend: true }), PLANTED);
      await attack.attacker.delete('squatter');
      await attack.attacker.until('squatter', ({ metadata }) => metadata['deletionTimestamp'] !== undefined);
      await attack.isOlder('squatter');
      await attack.victimRuns();
    },
  },
  {
    name: 'keeps an object on the port with a finalizer of its own after its listener is gone',
    reason: 'An object that a foreign finalizer holds exists for ever.',
    async run(attack) {
      const finalizers = ['example.com/for-ever'];
      await attack.attacker.apply('ghost', attack.spec(), { finalizers });
      await attack.attacker.untilReady('ghost');
      await attack.attacker.delete('ghost');
      await attack.attacker.until(
        'ghost',
        ({ metadata }) => metadata.finalizers.join() === finalizers.join(),
      );
      await attack.victimRuns();
    },
  },
  {
    name: 'claims the port in an account whose key it has, not in that of the load balancer',
    reason: 'Its creation can never succeed there, however often it is tried.',
    async run(attack) {
      await putKeys(attack.attacker, FOREIGN_KEY);
      await attack.attacker.apply('squatter', attack.spec({ credentialsSecretRef: { name: KEYS_SECRET } }));
      await attack.attacker.until('squatter', ({ status }) => status.conditions.length > 0);
      await attack.isOlder('squatter');
      await attack.victimRuns();
    },
  },
  {
    name: 'names regions that do not exist, so that requests would be signed for hosts that are no ALB',
    reason: 'A region is a host, a site with a budget, and two series of metrics.',
    async run(attack) {
      await attack.victimRuns();
      const made = ['oss-cn-hangzhou', 'cn-hangzhuo'];
      for (const [at, regionId] of made.entries()) {
        await attack.attacker.apply(`astray-${at}`, attack.spec({ listenerPort: 8000 + at, regionId }));
        await attack.refused(`astray-${at}`, 'InvalidRegion');
      }
      const page = await (await attack.world.operator.page('/metrics')).text();
      expect(made.filter((regionId) => page.includes(regionId))).toEqual([]);
    },
  },
  {
    name: 'learns of its load balancer after the victim runs, with an object that is older',
    reason: 'The older object comes first where neither has begun.',
    async run(attack) {
      const loadBalancerIdFrom = { configMapKeyRef: { name: 'network', key: 'lb' } };
      await attack.attacker.apply('older', attack.spec({ loadBalancerId: undefined, loadBalancerIdFrom }));
      await attack.refused('older', 'InvalidReference');
      await attack.isOlder('older');
      await attack.victimRuns();
      await attack.attacker.configMap('network', { lb: attack.cloud.loadBalancerId });
      await attack.refused('older', 'PortClaimed');
    },
  },
];

/** A row: the squatter comes first, then the victim, which must get the port. */
function squatter(
  what: string,
  changes: object,
  reasons: readonly string[] = [],
  metadata: object = {},
): TenantRow {
  return {
    name: `claims the port first with an object that ${what}`,
    reason: `An object that ${what} creates no listener, so nothing would ever end its claim.`,
    async run(attack: Attack) {
      await attack.attacker.apply('squatter', attack.spec(changes), metadata);
      await attack.attacker.until('squatter', ({ status }) => {
        const ready = status.conditions.find(({ type }) => type === 'Ready');
        return ready !== undefined && (reasons.length === 0 || reasons.includes(ready.reason));
      });
      await attack.isOlder('squatter');
      await attack.victimRuns();
    },
  };
}
