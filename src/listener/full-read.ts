import { isManaged, type Memory } from './memory.ts';
import type { ResolvedSpec } from './schema/spec.ts';

/**
 * Whether a list of listeners is not enough to tell that this one is as declared: lists lack certificates, the CA flag
 * and ACLs, and no listener of HTTPS or QUIC is without a certificate.
 */
export function needsFullRead(spec: ResolvedSpec, memory: Memory): boolean {
  return spec.listenerProtocol !== 'HTTP' || isManaged('aclConfig', spec, memory);
}
