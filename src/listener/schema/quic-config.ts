import { z } from 'zod';
import { optional, type Protocol } from './documented.ts';
import { listenerReference, notBoth } from './references.ts';
import { matches, withRules } from './rule.ts';
import { text } from './values.ts';

const HTTPS: readonly Protocol[] = ['HTTPS'];

/** The upgrade of clients from HTTPS to a QUIC listener of the same load balancer. */
export const quicConfig = withRules(
  z.strictObject({
    quicUpgradeEnabled: optional(z.boolean(), {
      description:
        'Whether clients are offered to go on over QUIC. Needs quicListenerId or quicListenerRef when true.',
      effectiveDefault: false,
      protocols: HTTPS,
    }),
    quicListenerId: optional(
      withRules(text({ max: 64 }), [
        matches(
          /^lsn-[a-z0-9]+$/,
          'quicListenerId is the id of a QUIC listener: write lsn- and its lowercase letters and digits, for example lsn-o4u54y73wq7b1a2b3c, or name its AlbListener in quicListenerRef',
        ),
      ]),
      {
        description:
          'Id of the QUIC listener that takes over the upgraded connections: on the same load balancer and not used by another listener. Needs quicUpgradeEnabled: true.',
        protocols: HTTPS,
      },
    ),
    quicListenerRef: optional(listenerReference, {
      description:
        'The QUIC listener as an AlbListener of the same namespace, in place of quicListenerId: its id is used as soon as it runs, and it is deleted after this one. Needs quicUpgradeEnabled: true.',
      protocols: HTTPS,
    }),
  }),
  [notBoth('quicListenerId', 'quicListenerRef')],
);
