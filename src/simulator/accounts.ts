import { HOME_ACCOUNT } from './home-account.ts';
import type { Inventory } from './inventory.ts';
import type { State, StateView } from './state.ts';

/** Who owns what in an inventory of several accounts. A listener belongs to the account of its load balancer. */
interface Ownership {
  readonly accountOfKey: ReadonlyMap<string, string>;
  readonly accountOfLoadBalancer: ReadonlyMap<string, string>;
}

/**
 * Null for an inventory that has the home account only. Inventories are replaced, never edited in place, so it is
 * found out once for each: in a world of one account no call pays for there being accounts.
 */
const found = new WeakMap<Inventory, Ownership | null>();

/** The account in which a key works; the home account for a key that nobody knows, and for a call without one. */
export function accountOf(inventory: Inventory, accessKeyId: string | null): string {
  const ownership = ownershipOf(inventory);
  if (ownership === null || accessKeyId === null) return HOME_ACCOUNT;
  return ownership.accountOfKey.get(accessKeyId) ?? HOME_ACCOUNT;
}

/**
 * The state as callers of one account see it: what belongs to others does not exist. Nobody sees a listener
 * whose load balancer is gone, as it would have gone with it.
 */
export function viewOf(state: State, account: string): StateView {
  const ownership = ownershipOf(state.inventory);
  if (ownership === null) return state;
  const owns = (loadBalancerId: string) => ownership.accountOfLoadBalancer.get(loadBalancerId) === account;
  const jobs = new Map([...state.jobs].filter(([, job]) => owns(job.plan.loadBalancerId)));
  return {
    settings: state.settings,
    inventory: shareOf(state.inventory, account),
    listeners: new Map([...state.listeners].filter(([, listener]) => owns(listener.LoadBalancerId))),
    jobs,
    processing: new Set([...state.processing].filter((id) => jobs.has(id))),
    past: state.past.filter(({ before }) => before === null || owns(before.LoadBalancerId)),
  };
}

function ownershipOf(inventory: Inventory): Ownership | null {
  const known = found.get(inventory);
  if (known !== undefined) return known;
  const ownership = isAllAtHome(inventory)
    ? null
    : {
        accountOfKey: new Map(inventory.credentials.map((key) => [key.accessKeyId, key.accountId])),
        accountOfLoadBalancer: new Map(
          inventory.loadBalancers.map(({ LoadBalancerId, AccountId }) => [LoadBalancerId, AccountId]),
        ),
      };
  found.set(inventory, ownership);
  return ownership;
}

function isAllAtHome(inventory: Inventory): boolean {
  const { loadBalancers, serverGroups, certificates, securityPolicies, acls, credentials } = inventory;
  return (
    [...loadBalancers, ...serverGroups, ...certificates, ...securityPolicies, ...acls].every(
      ({ AccountId }) => AccountId === HOME_ACCOUNT,
    ) && credentials.every(({ accountId }) => accountId === HOME_ACCOUNT)
  );
}

function shareOf(inventory: Inventory, account: string): Inventory {
  const own = <Item extends { readonly AccountId: string }>(items: readonly Item[]) =>
    items.filter(({ AccountId }) => AccountId === account);
  return {
    ...inventory,
    loadBalancers: own(inventory.loadBalancers),
    serverGroups: own(inventory.serverGroups),
    certificates: own(inventory.certificates),
    securityPolicies: own(inventory.securityPolicies),
    acls: own(inventory.acls),
  };
}
