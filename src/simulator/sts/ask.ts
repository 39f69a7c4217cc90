import { temporaryKey } from '../chance.ts';
import { HOME_ACCOUNT } from '../home-account.ts';
import type { Inventory } from '../inventory.ts';
import type { WireParameters } from '../parameters.ts';
import { draw, type State } from '../state.ts';
import type { Caller, StsOperation, StsResult } from './operation.ts';

/** Lets a call of STS take effect: a key that it issues is one of the inventory until it expires. */
export function askSts(
  state: State,
  operation: StsOperation,
  call: { readonly parameters: WireParameters; readonly accessKeyId: string | null; readonly now: number },
): StsResult {
  const { inventory } = state;
  const result = operation.run(call.parameters, {
    roles: inventory.roles,
    caller: callerOf(inventory, call.accessKeyId),
    now: call.now,
    newKey: () => temporaryKey(state.seed, draw(state)),
  });
  if (result.ok && result.issued !== undefined) {
    state.inventory = { ...inventory, credentials: [...inventory.credentials, result.issued] };
  }
  return result;
}

function callerOf(inventory: Inventory, accessKeyId: string | null): Caller {
  const known = inventory.credentials.find((key) => key.accessKeyId === accessKeyId);
  return known ?? { accessKeyId: accessKeyId ?? '', accountId: HOME_ACCOUNT };
}
