import type { Protocol } from '../../../src/listener/schema/documented.ts';

/** A manifest that must be refused, as a change to a good one. */
export interface BadManifest {
  readonly reason: string;
  /** The protocol of the minimal spec that is changed. */
  readonly on: Protocol;
  /** A JSON merge patch (RFC 7396): null removes a field, a list replaces the list. */
  readonly patch: object;
  /** The field the refusal names. */
  readonly field: string;
  /** A word of the refusal that tells what to write instead. */
  readonly remedy: string;
}

/** `defaultActions` that forward to these server groups. */
export const forward = (...ids: readonly string[]) => [
  {
    type: 'ForwardGroup',
    forwardGroupConfig: { serverGroupTuples: ids.map((serverGroupId) => ({ serverGroupId })) },
  },
];

/** `0`, `1`, … */
export const numbered = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

/** The required fields of each protocol. */
export const minimalSpecs: Readonly<Record<Protocol, object>> = {
  HTTP: {
    loadBalancerId: 'alb-1',
    listenerProtocol: 'HTTP',
    listenerPort: 80,
    defaultActions: forward('sgp-1'),
  },
  HTTPS: {
    loadBalancerId: 'alb-1',
    listenerProtocol: 'HTTPS',
    listenerPort: 443,
    certificates: [{ certificateId: '1-cn-hangzhou' }],
    defaultActions: forward('sgp-1'),
  },
  QUIC: {
    loadBalancerId: 'alb-1',
    listenerProtocol: 'QUIC',
    listenerPort: 443,
    certificates: [{ certificateId: '1-cn-hangzhou' }],
    defaultActions: forward('sgp-1'),
  },
};
