import { type AlbConnection, albApiOver } from './alb/alb-client.ts';
import type { AlbApi, Caller } from './alb/api.ts';
import { Budget, type OperationBudget, withBudget, withBudgetOnce, withPlace } from './alb/budget.ts';
import { BulkReader, withInvalidation } from './alb/bulk-reader.ts';
import { withDryRun } from './alb/dry-run.ts';
import { Lanes, type LanesLoad, withLane } from './alb/lanes.ts';
import type { Rpc } from './alb/rpc.ts';
import { SeenLoadBalancers, withHeed } from './alb/seen-load-balancers.ts';
import { withTurn } from './alb/turn.ts';
import type { Cloud } from './listener/ports.ts';
import type { Clock } from './runtime/clock.ts';
import type { Random } from './runtime/random.ts';

export interface AlbSiteParts {
  /** See `Budget`. */
  readonly callsPerMinute: number;
  /** See `Lanes`; milliseconds. */
  readonly busyDelayMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Called when the answers of the cloud have the operator hold back: the calls of an operation, or a lane. */
  readonly onTrip?: ((breaker: 'budget' | 'lane') => void) | undefined;
}

/** What the way to one account in one region bears at present. */
export interface SiteLoad {
  readonly budget: readonly OperationBudget[];
  readonly lanes: LanesLoad;
}

/** The domain's cloud on the lane of a load balancer, for one reconcile. */
export type CloudFor = (loadBalancerId: string, caller: Caller) => Cloud;

/**
 * One account in one region. The cloud counts the calls of all who work there together, and a load balancer is busy for
 * all of them; so they share the budget and the lanes, whatever credentials each of them has.
 */
export class AlbSite {
  readonly #parts: AlbSiteParts;
  readonly #budget: Budget;
  readonly #lanes: Lanes;

  constructor(parts: AlbSiteParts) {
    const { clock, random, callsPerMinute, busyDelayMs, onTrip } = parts;
    this.#parts = parts;
    this.#budget = new Budget({ clock, random, callsPerMinute, onCut: () => onTrip?.('budget') });
    this.#lanes = new Lanes({ clock, random, busyDelayMs, onClosed: () => onTrip?.('lane') });
  }

  load(): SiteLoad {
    return { budget: this.#budget.left(), lanes: this.#lanes.load() };
  }

  /**
   * The domain's cloud, on the ALB API as one connection reaches it. Every cloud that comes from one call of this shares
   * its bulk reader: what one key may see is no business of another's.
   *
   * From the inside out: the budget is around every single request, pages included; a write that may have changed
   * something makes older bulk reads useless, whatever the lane has to say about it; the lane is outermost, so that it
   * sees a write from its start to its end. A dry run changes nothing, so it needs the budget alone.
   *
   * @param owner The namespace that the credentials are from; empty for the operator's own.
   */
  cloudOver({ rpc, redact }: AlbConnection, owner: string): CloudFor {
    const budget = this.#budget;
    const lanes = this.#lanes;
    // A list is asked for by many at once, and there may be a user's edit among them.
    const shared = withBudget(rpc, budget, { namespace: owner, priority: 'high' });
    const reader = new BulkReader({ api: albApiOver({ rpc: shared, redact }), clock: this.#parts.clock });
    const loadBalancers = new SeenLoadBalancers(this.#parts.clock);
    const noticed = (api: AlbApi, loadBalancerId: string): AlbApi =>
      withHeed(withInvalidation(api, reader, loadBalancerId), loadBalancers, loadBalancerId);

    /** Holds the places in the lane and in the budget for as long as the caller gets ready. */
    const turnToCreate =
      (loadBalancerId: string, caller: Caller): Cloud['withTurnToCreate'] =>
      async (given, refused) =>
        withTurn(
          lanes.turn(loadBalancerId, 'CreateListener', caller.namespace),
          (pass) =>
            withTurn(
              budget.turn('CreateListener', caller),
              (pay) => {
                const paid: Rpc = (operation, parameters) => pay(() => rpc(operation, parameters));
                const api = noticed(albApiOver({ rpc: paid, redact }), loadBalancerId);
                return given((parameters) => pass(() => api.createListener(parameters)));
              },
              ({ error }) => refused(error),
            ),
          ({ error }) => refused(error),
        );

    const turnToSearch =
      (caller: Caller): Cloud['withTurnToSearch'] =>
      async (given, refused) =>
        withTurn(
          budget.turn('ListListeners', caller),
          (pay) => given(tagged(albApiOver({ rpc: withPlace(rpc, budget, caller, pay), redact }))),
          ({ error }) => refused(error),
        );

    return (loadBalancerId, caller) => {
      const { namespace } = caller;
      const paid = withBudgetOnce(rpc, budget, caller);
      const api = albApiOver({ rpc: paid, redact });
      return {
        ...withLane(noticed(api, loadBalancerId), lanes, loadBalancerId, namespace),
        dryRun: albApiOver({ rpc: withDryRun(paid), redact }),
        glance: (wanted) => reader.read({ ...wanted, namespace }),
        listenersOf: async (id) => {
          const listed = await reader.listOf(id, 0, namespace);
          loadBalancers.heed(id, listed);
          return listed;
        },
        listenersTagged: tagged(api),
        seeLoadBalancer: (id) => loadBalancers.see(id, () => api.getLoadBalancerAttribute(id)),
        withTurnToCreate: turnToCreate(loadBalancerId, caller),
        withTurnToSearch: turnToSearch(caller),
        obstacleToCreation: (id) =>
          (lanes.heldBack(id, 'CreateListener', namespace) ?? budget.heldBack('CreateListener', caller))
            ?.error,
      };
    };
  }
}

function tagged(api: AlbApi): Cloud['listenersTagged'] {
  return (tag, id) => api.listListeners({ tags: [tag], ...(id !== undefined && { loadBalancerIds: [id] }) });
}
