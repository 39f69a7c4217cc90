import type { OperationBudget } from '../alb/budget.ts';
import type { CloudLoad } from '../cloud-sessions.ts';

/** Authors of Secrets and regions can cause any number of sites. */
const MOST_SITES = 20;
const OTHER = 'Other';

export interface SiteBudget extends OperationBudget {
  readonly account: string;
  readonly region: string;
}

/**
 * The budgets as series. The first accounts and regions in use have series of their own until they are closed; all others
 * together have one for each operation, with the lowest that is left in any.
 */
export class SiteBudgets {
  #named: ReadonlySet<string> = new Set();

  of(sites: CloudLoad): readonly SiteBudget[] {
    const open = sites.map(nameOf);
    const kept = [...this.#named].filter((name) => open.includes(name));
    this.#named = new Set([...new Set([...kept, ...open])].slice(0, MOST_SITES));
    const isNamed = (site: CloudLoad[number]) => this.#named.has(nameOf(site));

    const named = sites
      .filter(isNamed)
      .flatMap(({ accountId, regionId, budget }) =>
        budget.map((one) => ({ ...one, account: accountId, region: regionId })),
      );
    const others = sites.filter((site) => !isNamed(site)).flatMap(({ budget }) => budget);
    return [...named, ...[...Map.groupBy(others, ({ operation }) => operation)].map(lowest)];
  }
}

function nameOf({ accountId, regionId }: CloudLoad[number]): string {
  return `${accountId}/${regionId}`;
}

function lowest([operation, budgets]: readonly [string, readonly OperationBudget[]]): SiteBudget {
  return {
    operation,
    account: OTHER,
    region: OTHER,
    left: Math.min(...budgets.map(({ left }) => left)),
    callsPerMinute: Math.min(...budgets.map(({ callsPerMinute }) => callsPerMinute)),
  };
}
