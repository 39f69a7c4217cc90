import { type Inventory, mergeInventory, withoutItem } from '../../../src/simulator/inventory.ts';
import { INVENTORY, LOAD_BALANCERS } from '../cloud.ts';
import { FAR_REGION, HOME_REGION } from '../regions.ts';
import type { World } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

const JOBS = [
  'CreateListener',
  'CreateListener',
  'UpdateListenerAttribute',
  'DeleteListener',
  'AssociateAclsWithListener',
  'StopListener',
] as const;

/** What happens in the cloud by itself, and on the way into it. */
export const CLOUD_TROUBLES: readonly Disturbance[] = [
  {
    kind: 'cloud: a job fails',
    weight: 3,
    strike: ({ cloud, chance }) => {
      const operation = chance.oneOf(...JOBS);
      cloud.spoilNextJob(operation, 'failJob');
      return operation;
    },
  },
  {
    kind: 'cloud: a job hangs',
    weight: 1,
    strike: (world) => {
      const { cloud, chance } = world;
      const operation = chance.oneOf(...JOBS);
      cloud.spoilNextJob(operation, 'hangJob');
      const failure = chance.happens(0.5) ? null : { code: 'InternalError', message: 'given up' };
      world.endLater(chance.between(10_000, 600_000), 'hanging jobs end', () =>
        cloud.settleHangingJobs(failure),
      );
      return operation;
    },
  },
  onLoadBalancer(
    'cloud: load balancer busy',
    2,
    { LoadBalancerStatus: 'Configuring' },
    { LoadBalancerStatus: 'Active' },
  ),
  onLoadBalancer(
    'cloud: load balancer locked',
    1,
    { LoadBalancerBussinessStatus: 'Abnormal' },
    { LoadBalancerBussinessStatus: 'Normal' },
  ),
  onLoadBalancer('cloud: load balancer forbidden', 1, { AccessDenied: true }, { AccessDenied: false }),
  onLoadBalancer(
    'cloud: managed by another service',
    0.5,
    { ServiceManaged: true },
    { ServiceManaged: false },
  ),
  {
    kind: 'cloud: load balancer gone',
    weight: 0.5,
    strike: (world) => {
      const loadBalancerId = world.chance.oneOf(...LOAD_BALANCERS);
      if (!missing(world, loadBalancerId)) return undefined;
      clear(world, loadBalancerId);
      return loadBalancerId;
    },
  },
  {
    kind: 'cloud: load balancer gone for good',
    weight: 0.15,
    strike: (world) => {
      const loadBalancerId = world.chance.oneOf(...LOAD_BALANCERS);
      if (!isThere(world, loadBalancerId)) return undefined;
      loseForGood(world, loadBalancerId);
      return loadBalancerId;
    },
  },
  {
    kind: 'cloud: region silent',
    weight: 1,
    strike: (world) => {
      const { cloud, chance } = world;
      const [region, longestMs] = chance.happens(0.7)
        ? ([FAR_REGION, 300_000] as const)
        : ([HOME_REGION, 60_000] as const);
      if (cloud.silentRegions.has(region)) return undefined;
      cloud.silentRegions.add(region);
      world.endLater(chance.between(10_000, longestMs), `${region} answers again`, () =>
        cloud.silentRegions.delete(region),
      );
      return region;
    },
  },
  {
    kind: 'cloud: list never ends',
    weight: 0.5,
    strike: (world) => {
      const { cloud, chance } = world;
      const afterLastPage = chance.oneOf('sameToken', 'newTokens');
      cloud.set({ afterLastPage });
      world.endLater(chance.between(5000, 60_000), 'lists end', () =>
        cloud.set({ afterLastPage: 'nothing' }),
      );
      return afterLastPage;
    },
  },
  {
    kind: 'cloud: server group gone',
    weight: 1,
    strike: (world) => (missing(world, 'sgp-web') ? 'sgp-web' : undefined),
  },
  {
    kind: 'cloud: ACL gone',
    weight: 1,
    strike: (world) => {
      const { cloud } = world;
      const aclId = world.chance.oneOf('acl-office', 'acl-partners');
      if (!isThere(world, aclId)) return undefined;
      setInventory(world, (inventory) => withoutItem(inventory, aclId));
      cloud.absentAcls = [...cloud.absentAcls, { aclId, since: cloud.simulator.now() }];
      world.endLater(world.chance.between(60_000, 300_000), `${aclId} is back`, () => {
        setInventory(world, (inventory) => mergeInventory(inventory, itemOf(aclId)));
        cloud.absentAcls = cloud.absentAcls.filter((absent) => absent.aclId !== aclId);
      });
      return aclId;
    },
  },
  {
    kind: 'operator: key of another account',
    weight: 1.5,
    strike: (world) => {
      const { key } = world.cloud;
      if (key.isWrong) return undefined;
      key.mistake();
      world.endLater(world.chance.between(5000, 200_000), 'the right key is back', () => key.correct());
      return 'everything seems to be gone';
    },
  },
  {
    kind: 'cloud: fewer calls a minute',
    weight: 1,
    strike: (world) => {
      const { cloud, chance } = world;
      const callsPerMinute = chance.oneOf(2, 5, 20);
      cloud.set({ callsPerMinute });
      world.endLater(chance.between(10_000, 200_000), 'as many calls as before', () =>
        cloud.set({ callsPerMinute: null }),
      );
      return `${callsPerMinute}`;
    },
  },
];

function onLoadBalancer(kind: string, weight: number, trouble: object, end: object): Disturbance {
  return {
    kind,
    weight,
    strike: (world) => {
      const { chance } = world;
      const LoadBalancerId = chance.oneOf(...LOAD_BALANCERS);
      if (!isThere(world, LoadBalancerId)) return undefined;
      const change = (patch: object) => {
        if (!isThere(world, LoadBalancerId)) return;
        setInventory(world, (inventory) =>
          mergeInventory(inventory, { loadBalancers: [{ LoadBalancerId, ...patch }] }),
        );
      };
      change(trouble);
      world.endLater(chance.between(2000, 120_000), `${LoadBalancerId} is well again`, () => change(end));
      return LoadBalancerId;
    },
  };
}

/** Somebody deletes a load balancer that nobody makes anew. */
export function loseForGood(world: World, loadBalancerId: string): void {
  setInventory(world, (inventory) => withoutItem(inventory, loadBalancerId));
  world.cloud.goneForGood.add(loadBalancerId);
  clear(world, loadBalancerId);
}

/** The listeners of a load balancer go with it. */
function clear({ cloud }: World, loadBalancerId: string): void {
  for (const { ListenerId, LoadBalancerId } of cloud.listeners) {
    if (LoadBalancerId !== loadBalancerId) continue;
    cloud.strangers.delete(ListenerId);
    cloud.remove(ListenerId);
  }
}

/** An item of the inventory goes, and is back later. False when it is not there. */
function missing(world: World, id: string): boolean {
  if (!isThere(world, id)) return false;
  world.cloud.wereMissing.add(id);
  setInventory(world, (inventory) => withoutItem(inventory, id));
  world.endLater(world.chance.between(5000, 200_000), `${id} is back`, () => {
    setInventory(world, (inventory) => mergeInventory(inventory, itemOf(id)));
  });
  return true;
}

function itemOf(id: string): object {
  return {
    loadBalancers: INVENTORY.loadBalancers.filter(({ LoadBalancerId }) => LoadBalancerId === id),
    serverGroups: INVENTORY.serverGroups.filter(({ ServerGroupId }) => ServerGroupId === id),
    acls: INVENTORY.acls.filter(({ AclId }) => AclId === id),
  };
}

function isThere({ cloud }: World, id: string): boolean {
  const { loadBalancers, serverGroups, acls } = cloud.simulator.state.inventory;
  return (
    loadBalancers.some(({ LoadBalancerId }) => LoadBalancerId === id) ||
    serverGroups.some(({ ServerGroupId }) => ServerGroupId === id) ||
    acls.some(({ AclId }) => AclId === id)
  );
}

function setInventory({ cloud }: World, change: (inventory: Inventory) => Inventory): void {
  const { state } = cloud.simulator;
  state.inventory = change(state.inventory);
}
