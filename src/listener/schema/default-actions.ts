import { z } from 'zod';
import { optional, required } from './documented.ts';
import { configMapSource, valueOrSource } from './references.ts';
import { matches, withRules } from './rule.ts';
import { atomicList, text } from './values.ts';

const serverGroupTuple = withRules(
  z.strictObject({
    serverGroupId: optional(
      withRules(text({ max: 64 }), [
        matches(
          /^sgp-[a-z0-9]+$/,
          'serverGroupId is the id of a server group: write sgp- and its lowercase letters and digits, for example sgp-8ilqs4axp61a2b3c4d',
        ),
      ]),
      {
        description:
          'Id of a server group in the VPC of the load balancer. HTTP listeners take groups of HTTP or HTTPS, HTTPS listeners also of gRPC (with http2Enabled), QUIC listeners of HTTP only. Required unless serverGroupIdFrom is given.',
      },
    ),
    serverGroupIdFrom: optional(configMapSource, {
      description:
        'Where the id of the server group is read from, in place of serverGroupId. When it changes there, the listener follows.',
    }),
  }),
  valueOrSource('serverGroupId', 'serverGroupIdFrom'),
);

const serverGroupTuples = withRules(atomicList(serverGroupTuple, { min: 1, max: 20 }), [
  {
    cel: 'self.all(tuple, self.exists_one(other, other == tuple))',
    holds: (self) => new Set(self.map((tuple) => keyOf(tuple))).size === self.length,
    message: 'a server group is listed twice: remove one of the two',
  },
]);

const defaultAction = z.strictObject({
  type: required(z.enum(['ForwardGroup']), {
    description: 'Kind of action. ForwardGroup, the only one a listener can have, forwards to server groups.',
  }),
  forwardGroupConfig: required(
    z.strictObject({
      serverGroupTuples: required(serverGroupTuples, {
        description: 'Server groups to forward to: 1 to 20, each once.',
      }),
    }),
    { description: 'Where requests are forwarded to.' },
  ),
});

/** What happens to requests that no forwarding rule takes. The cloud allows one action. */
export const defaultActions = atomicList(defaultAction, { min: 1, max: 1 });

/** One text per server group, the same for the same group said in the same way. */
function keyOf({ serverGroupId, serverGroupIdFrom }: z.infer<typeof serverGroupTuple>): string {
  const { name, key } = serverGroupIdFrom?.configMapKeyRef ?? {};
  return JSON.stringify([serverGroupId, name, key]);
}
