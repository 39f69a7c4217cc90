import { FINALIZER, RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { Listener } from '../../src/simulator/listener.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { pick, within } from './chance.ts';
import { namespaceOf } from './owner.ts';
import { HIGHEST_PORT, LOWEST_PORT, NAMESPACE } from './users.ts';
import { CERTIFICATE, LOAD_BALANCERS, SERVER_GROUPS } from './world.ts';

export const HOSTILE_NAMESPACE = 'hostile';
/** Objects on ports that users have or want, which never have a listener, and objects on ports of their own. */
const REACHING = 10;
const OWN = 6;
/** The first object of the assault, and how often it plays each trick. */
const ASSAULT = 100;
const ASSAULT_ROUNDS = 3;
/** Where it has listeners of its own: no user wants these ports. */
const OWN_PORTS = 9000;

const NO_KEY = { credentialsSecretRef: { name: 'nowhere' } };
/** What keeps an object from ever creating its listener, also when it is suspended no more. */
const POWERLESS: readonly [object, ...object[]] = [
  { suspend: true, ...NO_KEY },
  { reconcilePolicy: 'Observe' },
  { reconcilePolicy: 'DryRun' },
  NO_KEY,
  { regionId: 'oss-cn-hangzhou' },
];

interface Trick {
  readonly kind: string;
  readonly by: 'reaching' | 'own' | 'any';
  /** @param target a listener of a user, if there is one */
  readonly play: (hostile: Hands, target: Listener | undefined) => Promise<void>;
}

/** Every way of the hostile namespace to reach for what belongs to the users. */
const TRICKS: readonly [Trick, ...Trick[]] = [
  {
    kind: 'adopts a listener of a user, with a planted finalizer',
    by: 'reaching',
    play: (hands, target) => hands.create(adopting(hands, target), { finalizers: [FINALIZER] }),
  },
  {
    kind: 'plants a finalizer on the port of a user',
    by: 'reaching',
    play: (hands, target) =>
      hands.create({ ...onPortOf(hands, target), suspend: true, ...NO_KEY }, { finalizers: [FINALIZER] }),
  },
  {
    kind: 'squats on a port with an object that creates nothing',
    by: 'reaching',
    play: (hands) =>
      hands.create({
        ...hands.spec(within(hands.random, LOWEST_PORT, HIGHEST_PORT)),
        ...pick(hands.random, POWERLESS),
      }),
  },
  {
    kind: 'refers to a listener of a user by its id',
    by: 'own',
    play: (hands, target) =>
      hands.create({
        ...hands.spec(hands.ownPort()),
        loadBalancerId: target?.LoadBalancerId ?? LOAD_BALANCERS[0],
        listenerProtocol: 'HTTPS',
        certificates: [{ certificateId: CERTIFICATE }],
        quicConfig: { quicUpgradeEnabled: true, quicListenerId: target?.ListenerId ?? 'lsn-nowhere' },
      }),
  },
  {
    kind: 'says in a status that a listener of a user is its own',
    by: 'own',
    async play(hands, target) {
      await hands.create(hands.spec(hands.ownPort()));
      await hands.lie({ listenerId: target?.ListenerId ?? 'lsn-nowhere' });
    },
  },
  {
    kind: 'wipes a status',
    by: 'own',
    play: (hands) => hands.lie({ listenerId: null, creation: null, operation: null }),
  },
  {
    kind: 'declares a listener of its own',
    by: 'own',
    play: (hands) => hands.create(hands.spec(hands.ownPort())),
  },
  {
    kind: 'tears an object out',
    by: 'own',
    async play(hands) {
      await hands.patch({ metadata: { finalizers: null } });
      await hands.delete();
      await hands.patch({ metadata: { finalizers: null } });
    },
  },
  {
    kind: 'requests a look',
    by: 'any',
    play: (hands) =>
      hands.patch({ metadata: { annotations: { [RECONCILE_REQUEST]: String(hands.random.next()) } } }),
  },
  { kind: 'deletes an object', by: 'any', play: (hands) => hands.delete() },
  { kind: 'deletes an object', by: 'any', play: (hands) => hands.delete() },
];

/** A namespace at odds with that of the users. Its requests may fail; it does not insist. */
export class Hostile {
  readonly #transport: Transport;
  readonly #random: Random;
  readonly #played = new Map<string, number>();
  #busy: Promise<void> = Promise.resolve();

  /** @param kubeconfigPath of an account that may edit AlbListeners and their statuses in the hostile namespace alone */
  constructor(kubeconfigPath: string, random: Random) {
    const connection = connectionOf(kubeconfigPath);
    this.#transport = new Transport({ connection, userAgent: 'the-hostile', clock: systemClock });
    this.#random = random;
  }

  /** What it did, and how often. */
  get played(): ReadonlyMap<string, number> {
    return this.#played;
  }

  /** Begins one trick on one of its objects, after the one before. */
  act(listeners: readonly Listener[]): void {
    const targets = listeners.filter((listener) => namespaceOf(listener) === NAMESPACE);
    const target = targets[Math.floor(this.#random.next() * targets.length)];
    const { kind, by, play } = pick(this.#random, TRICKS);
    const hands = new Hands(this.#transport, this.#random, this.#indexFor(by));
    this.#count(kind);
    this.#busy = this.#busy.then(() => play(hands, target));
  }

  /** Plays every trick on listeners of users that run, with objects of its own for each. */
  async assault(listeners: () => readonly Listener[]): Promise<void> {
    await this.#busy;
    for (let round = 0; round < ASSAULT_ROUNDS; round += 1) {
      for (const [at, { kind, play }] of TRICKS.entries()) {
        const targets = listeners().filter((listener) => namespaceOf(listener) === NAMESPACE);
        const target = targets[Math.floor(this.#random.next() * targets.length)];
        const hands = new Hands(this.#transport, this.#random, ASSAULT + round * TRICKS.length + at);
        this.#count(kind);
        await play(hands, target);
      }
    }
  }

  /** Waits until what was begun is done. Its objects stay, and may go on with what they are for. */
  async rest(): Promise<void> {
    await this.#busy;
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  #count(kind: string): void {
    this.#played.set(kind, (this.#played.get(kind) ?? 0) + 1);
  }

  #indexFor(by: Trick['by']): number {
    const first = by === 'own' ? REACHING : 0;
    const last = by === 'reaching' ? REACHING : REACHING + OWN;
    return within(this.#random, first, last - 1);
  }
}

/** One object of the hostile namespace, to work with. */
class Hands {
  readonly random: Random;
  readonly #transport: Transport;
  readonly #index: number;

  constructor(transport: Transport, random: Random, index: number) {
    this.random = random;
    this.#transport = transport;
    this.#index = index;
  }

  ownPort(): number {
    return OWN_PORTS + this.#index;
  }

  spec(listenerPort: number): object {
    const serverGroupTuples = [{ serverGroupId: pick(this.random, SERVER_GROUPS) }];
    return {
      loadBalancerId: pick(this.random, LOAD_BALANCERS),
      listenerProtocol: 'HTTP',
      listenerPort,
      defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples } }],
    };
  }

  async create(spec: object, metadata: object = {}): Promise<void> {
    const object = {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      metadata: { name: this.#name, ...metadata },
      spec,
    };
    await this.#transport.request({ method: 'POST', path: COLLECTION, body: object });
  }

  async patch(body: object, subresource = ''): Promise<void> {
    const contentType = 'application/merge-patch+json';
    const path = `${COLLECTION}/${this.#name}${subresource}`;
    await this.#transport.request({ method: 'PATCH', path, body, contentType });
  }

  lie(status: object): Promise<void> {
    return this.patch({ status }, '/status');
  }

  async delete(): Promise<void> {
    // One that is suspended would stay.
    await this.patch({ spec: { suspend: null } });
    await this.#transport.request({ method: 'DELETE', path: `${COLLECTION}/${this.#name}` });
  }

  get #name(): string {
    return `foe-${this.#index}`;
  }
}

const COLLECTION = `/apis/${GROUP}/${VERSION}/namespaces/${HOSTILE_NAMESPACE}/${PLURAL}`;

/** A spec on load balancer, port and protocol of the listener. */
function onPortOf(hands: Hands, target: Listener | undefined): object {
  if (target === undefined) return hands.spec(hands.ownPort());
  const { LoadBalancerId, ListenerPort, ListenerProtocol } = target;
  return {
    ...hands.spec(ListenerPort),
    loadBalancerId: LoadBalancerId,
    listenerProtocol: ListenerProtocol,
    ...(ListenerProtocol !== 'HTTP' && { certificates: [{ certificateId: CERTIFICATE }] }),
  };
}

function adopting(hands: Hands, target: Listener | undefined): object {
  return { ...onPortOf(hands, target), adopt: { listenerId: target?.ListenerId ?? 'lsn-nowhere' } };
}
