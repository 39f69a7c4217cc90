import type { WireParameters } from '../parameters.ts';
import { missingParameter, type Refusal, refuse } from '../refusal.ts';

/** As whom a caller wants to go on: a role, and a name for the time being. */
export interface Session {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
}

/** Parameters that all ways of taking on a role have in common. `Policy` is not simulated. */
export const sessionParameters = ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'Policy'] as const;

/** Reads the session that is asked for. How long its key is good is up to the role. */
export function readSession(
  parameters: WireParameters,
): { readonly ok: true; readonly session: Session } | { readonly ok: false; readonly refusal: Refusal } {
  const { RoleArn, RoleSessionName, DurationSeconds = '3600' } = parameters;
  if (!RoleArn) return { ok: false, refusal: missingParameter('RoleArn') };
  if (!RoleSessionName) return { ok: false, refusal: missingParameter('RoleSessionName') };
  if (!/^[A-Za-z0-9.@_-]{2,64}$/.test(RoleSessionName)) {
    return {
      ok: false,
      refusal: malformed('RoleSessionName', 'The parameter RoleSessionName is wrongly formed.'),
    };
  }
  const seconds = /^\d{1,9}$/.test(DurationSeconds) ? Number(DurationSeconds) : 0;
  if (seconds < 900 || seconds > 3600) {
    return {
      ok: false,
      refusal: malformed('DurationSeconds', 'The Min/Max value of DurationSeconds is 15min/1hr.'),
    };
  }
  return { ok: true, session: { RoleArn, RoleSessionName } };
}

function malformed(name: string, message: string): Refusal {
  return refuse(400, `InvalidParameter.${name}`, message);
}
