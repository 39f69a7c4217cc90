import type { Listener } from '../../../src/simulator/listener.ts';
import type { Chance } from '../chance.ts';
import { type Cloud, LOAD_BALANCERS, ownerOf } from '../cloud.ts';
import type { Disturbance } from './disturbance.ts';

/** What people do to listeners in the console of the cloud, behind the back of the operator. */
export const CONSOLE: readonly Disturbance[] = [
  inConsole('console: change a setting', 3, (cloud, { ListenerId }, chance) => {
    cloud.edit(
      ListenerId,
      chance.oneOf<object>({ IdleTimeout: 33 }, { RequestTimeout: 77 }, { GzipEnabled: false }),
    );
  }),
  inConsole('console: stop or start the listener', 1, (cloud, { ListenerId, ListenerStatus }) => {
    cloud.edit(ListenerId, { ListenerStatus: ListenerStatus === 'Stopped' ? 'Running' : 'Stopped' });
  }),
  inConsole('console: detach the ACLs', 1, (cloud, { ListenerId }) => {
    cloud.edit(ListenerId, { AclConfig: { AclType: null, AclRelations: [] } });
  }),
  inConsole('console: add a tag', 1, (cloud, { ListenerId, Tags }) => {
    cloud.edit(ListenerId, {
      Tags: [...Tags.filter(({ Key }) => Key !== 'note'), { Key: 'note', Value: 'checked' }],
    });
  }),
  inConsole('console: remove the tags', 1, (cloud, { ListenerId }) => cloud.edit(ListenerId, { Tags: [] })),
  inConsole('console: delete the listener', 2, (cloud, { ListenerId }) => cloud.remove(ListenerId)),
  {
    kind: 'console: delete the listener of a stranger',
    weight: 1.5,
    strike: ({ cloud, chance }) => {
      const id = chance.pick([...cloud.strangers.keys()]);
      if (id === undefined) return undefined;
      cloud.strangers.delete(id);
      cloud.remove(id);
      return id;
    },
  },
  {
    kind: 'console: make a listener where one is declared',
    weight: 0.5,
    strike: ({ cloud, chance }) => {
      const loadBalancerId = chance.oneOf(...LOAD_BALANCERS);
      const port = chance.oneOf(81, 82, 85, 86);
      const isThere = cloud.simulator.state.inventory.loadBalancers.some(
        ({ LoadBalancerId }) => LoadBalancerId === loadBalancerId,
      );
      const isTaken = cloud.listeners.some(
        ({ LoadBalancerId, ListenerPort, ListenerProtocol }) =>
          LoadBalancerId === loadBalancerId && ListenerPort === port && ListenerProtocol !== 'QUIC',
      );
      if (isTaken || !isThere) return undefined;
      return `${cloud.makeStranger(loadBalancerId, port).ListenerId} on ${loadBalancerId}:${port}`;
    },
  },
];

/** To a listener of ours that is at rest: nobody can change another one. */
function inConsole(
  kind: string,
  weight: number,
  act: (cloud: Cloud, listener: Listener, chance: Chance) => void,
): Disturbance {
  return {
    kind,
    weight,
    strike: ({ cloud, chance }) => {
      const ours = cloud.listeners.filter(
        (listener) =>
          ownerOf(listener) !== undefined &&
          (listener.ListenerStatus === 'Running' || listener.ListenerStatus === 'Stopped'),
      );
      const listener = chance.pick(ours);
      if (listener === undefined) return undefined;
      act(cloud, listener, chance);
      return listener.ListenerId;
    },
  };
}
