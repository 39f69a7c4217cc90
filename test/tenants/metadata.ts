import { expect } from 'vitest';
import { certificate } from '../scenarios/scene.ts';
import { type Attack, PLANTED, type TenantRow } from './attack.ts';

const HTTPS = { listenerProtocol: 'HTTPS', ...certificate('1001') };

/** What can be written into the metadata of an object, and around it. */
export const METADATA: readonly TenantRow[] = [
  {
    name: 'plants the finalizer of the operator on the port, and deletes the object',
    reason: 'A deletion that believes the finalizer looks for a listener to delete.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('planter', attack.spec(HTTPS), PLANTED);
      await attack.refused('planter', 'PortClaimed');
      await attack.attacker.delete('planter');
      await attack.attacker.untilGone('planter');
    },
  },
  {
    name: 'plants the finalizer on the port while the creation of the victim is under way',
    reason: 'The listener stands, and the status of the victim does not know its id yet.',
    async run(attack) {
      const release = await attack.holdCreation(attack.port);
      await attack.victim.cluster.apply('shop', attack.victimSpec());
      const call = await attack.heldCreation(attack.port);
      await attack.attacker.apply('planter', attack.spec(HTTPS), PLANTED);
      await attack.refused('planter', 'PortClaimed');
      await release(call.sequence, 'cut');
      await attack.victim.isReady('shop');
      expect(await attack.cloud.listeners()).toHaveLength(1);
    },
  },
  {
    name: 'plants the finalizer on an object that is deleted before the operator has seen it',
    reason: 'The first thing the operator hears of it is that it is to go.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.createAll(
        Object.fromEntries(range(10).map((at) => [`planter-${at}`, attack.spec(HTTPS)])),
        PLANTED,
      );
      await attack.attacker.kubectl('delete', 'alblisteners', '--all', '--wait=false');
      for (const at of range(10)) await attack.attacker.untilGone(`planter-${at}`);
    },
  },
  {
    name: 'takes the finalizer away again and again',
    reason: 'Each time the operator believes that it has begun anew.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('shedder', attack.spec(HTTPS), PLANTED);
      for (let times = 0; times < 5; times += 1) {
        await attack.attacker.until('shedder', ({ metadata }) => metadata.finalizers.length > 0);
        await patchMetadata(attack, 'shedder', { finalizers: null });
      }
      await attack.refused('shedder', 'PortClaimed');
    },
  },
  {
    name: 'names the object of the victim as an owner that must wait for it',
    reason: 'An owner is not deleted before those that block its deletion.',
    async run(attack) {
      await attack.victimRuns();
      const { metadata } = await attack.victim.cluster.untilReady('shop');
      const ownerReferences = [
        {
          apiVersion: 'alb.alibabacloud.com/v1alpha1',
          kind: 'AlbListener',
          name: 'shop',
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ];
      await attack.attacker.apply('child', attack.specElsewhere(), { ownerReferences });
      await attack.attacker.untilReady('child');
      await attack.victim.expectUntouched();
      await attack.victim.expectDeletable();
      await attack.victimRuns();
    },
  },
  {
    name: 'writes as the field manager of the operator',
    reason: 'A conflict in the name of the operator could keep it from its own fields.',
    async run(attack) {
      await attack.victimRuns();
      const fields = ['--server-side', '--force-conflicts', '--field-manager=alb-listener-operator'];
      const object = {
        apiVersion: 'alb.alibabacloud.com/v1alpha1',
        kind: 'AlbListener',
        metadata: { name: 'impostor', ...PLANTED },
        spec: attack.spec(HTTPS),
      };
      await attack.attacker.kubectlWith(JSON.stringify(object), 'apply', ...fields, '-f', '-');
      await attack.refused('impostor', 'PortClaimed');
    },
  },
  {
    name: 'has its namespace deleted, with objects that are held',
    reason: 'A namespace that cannot end keeps the operator asking.',
    async run(attack) {
      await attack.victimRuns();
      await attack.attacker.apply('swept', attack.specElsewhere());
      await attack.attacker.untilReady('swept');
      const { namespace } = attack.attacker;
      await attack.world.controlPlane.kubectl(['delete', 'namespace', namespace, '--wait=false']);
      // No controller deletes what is in it here.
      await attack.attacker.delete('swept');
      await attack.refused('swept', 'DeletionHeld');
    },
  },
  {
    name: 'asks the API server for what belongs to the victim or to the operator',
    reason: 'Everything else in this table builds on what RBAC keeps from a tenant.',
    async run(attack) {
      await attack.victimRuns();
      const { namespace } = attack.victim.cluster;
      const asked = [
        ['get', 'alblisteners', `--namespace=${namespace}`],
        ['patch', 'alblisteners', `--namespace=${namespace}`],
        ['patch', 'alblisteners', '--subresource=status', `--namespace=${namespace}`],
        ['get', 'secrets', `--namespace=${namespace}`],
        ['get', 'configmaps', `--namespace=${namespace}`],
        ['patch', `namespaces/${namespace}`],
        ['patch', `namespaces/${attack.attacker.namespace}`],
        ['patch', 'alblisteners', '--subresource=status', `--namespace=${attack.attacker.namespace}`],
        ['get', 'secrets', '--namespace=alb-listener-operator'],
        ['patch', 'configmaps', '--namespace=alb-listener-operator'],
        ['patch', 'leases', '--namespace=alb-listener-operator'],
        ['list', 'alblisteners', '--all-namespaces'],
      ];
      for (const what of asked) expect(`${what.join(' ')}: ${await canI(attack, what)}`).toMatch(/: no$/);
    },
  },
];

async function canI(attack: Attack, what: readonly string[]): Promise<string> {
  const args = [`--kubeconfig=${attack.tenant.kubeconfigPath}`, 'auth', 'can-i', ...what];
  return (await attack.world.controlPlane.kubectl(args)).stdout.trim();
}

async function patchMetadata(attack: Attack, name: string, metadata: object): Promise<void> {
  await attack.attacker.kubectl(
    'patch',
    'alblistener',
    name,
    '--type=merge',
    '-p',
    JSON.stringify({ metadata }),
  );
}

function range(count: number): readonly number[] {
  return [...Array(count).keys()];
}
