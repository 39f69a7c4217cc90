import { type Refusal, refuse } from '../refusal.ts';

export function unknownRole(): Refusal {
  return refuse(404, 'EntityNotExist.Role', 'The role not exists.');
}

/** One answer for all that RAM and the role's trust policy do not allow; `detail` is for the call log. */
export function notAuthorized(detail?: string): Refusal {
  const text = 'You are not authorized to do this action. You should be authorized by RAM.';
  return refuse(403, 'NoPermission', text, detail);
}
