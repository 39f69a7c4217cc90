import { type AlbListener, readAlbListener } from '../../../src/listener/resource.ts';
import { conditionOf } from '../../../src/listener/summary.ts';
import { keyOf, objectKey } from '../../../src/runtime/object.ts';
import type { Listener } from '../../../src/simulator/listener.ts';
import { PARTNER_SECRET } from '../cast.ts';
import { type Cloud, ownerOf } from '../cloud.ts';
import { type Cluster, ROGUE_NAMESPACE } from '../cluster.ts';
import { canClaim, type Declaration, deviations, isRetained, readDeclaration } from '../declared.ts';
import type { Life, Records } from '../records.ts';

/**
 * Promise 5: every state moves to Running as declared, to one that names what a person must do, or to gone. This says
 * which of them is the right one for each resource, from what stands in the cluster and in the cloud.
 */
export class ComesToRest {
  readonly #records: Records;
  readonly #cluster: Cluster;
  readonly #cloud: Cloud;

  constructor(records: Records, cluster: Cluster, cloud: Cloud) {
    this.#records = records;
    this.#cluster = cluster;
    this.#cloud = cloud;
  }

  /** Everything that is not where it belongs. */
  problems(): readonly string[] {
    return this.#records.living.flatMap((life) => this.#problemOf(life) ?? []);
  }

  /**
   * How many creations, written ahead each time, and deletions the cloud refuses until a person acts.
   *
   * Only the next attempt shows that it does not refuse them any more.
   */
  get refusedAttempts(): number {
    return this.#records.living.filter(({ object }) =>
      REFUSED.has(conditionOf(readAlbListener(object), 'Ready')?.reason ?? ''),
    ).length;
  }

  #problemOf(life: Life): string | undefined {
    const object = readAlbListener(life.object);
    const { name, namespace } = object.key;
    if (namespace === ROGUE_NAMESPACE) return this.#problemOfRogue(object);
    const ready = conditionOf(object, 'Ready');
    if (object.status.observedGeneration !== object.generation) {
      return `${name} speaks of generation ${object.status.observedGeneration}, and is at ${object.generation}`;
    }
    const reasons = object.beingDeleted ? this.#reasonsToStay(object) : this.#reasonsToRest(object, life);
    if (!reasons.includes(ready?.reason ?? '')) {
      return `${name} rests as ${ready?.reason} in place of ${reasons.join(' or ') || (object.beingDeleted ? 'going' : 'Running')}: ${ready?.message}`;
    }
    return object.beingDeleted ? undefined : this.#judgeListeners(object, life, ready?.status === 'True');
  }

  /** Whatever it has come to, it says what, and it goes when it is to go. */
  #problemOfRogue(object: AlbListener): string | undefined {
    const { key, status, generation, beingDeleted } = object;
    if (status.observedGeneration !== generation)
      return `${key.name} speaks of generation ${status.observedGeneration}, and is at ${generation}`;
    const ready = conditionOf(object, 'Ready');
    const listener = this.#listenerOf(object);
    const isReady = ready?.status === 'True' && readDeclaration(object.spec).reconcilePolicy === 'Manage';
    if (isReady && (listener === undefined || ownerOf(listener) !== object.uid))
      return `${key.name} is Ready with a listener that is not its own`;
    return beingDeleted && ready?.reason === 'Deleting' ? `${key.name} is not let go` : undefined;
  }

  /** What can hold up a deletion until a person does something. */
  #reasonsToStay(object: AlbListener): readonly string[] {
    const spec = readDeclaration(object.spec);
    if (spec.suspend) return ['Suspended'];
    if (spec.credentialsSecretRef !== undefined && !this.#cluster.hasSecret(PARTNER_SECRET))
      return ['InvalidReference'];
    const listener = this.#listenerOf(object);
    const isNowhere = spec.loadBalancerIdFrom !== undefined && this.#loadBalancerOf(spec) === undefined;
    if (object.status.listenerId === undefined && isNowhere) return ['InvalidReference'];
    if (object.status.listenerId === undefined && this.#isGoneForGood(spec)) return ['LoadBalancerNotFound'];
    if (listener === undefined || isRetained(spec)) return [];
    return [
      ...(ownerOf(listener) === object.uid ? [] : ['OwnershipLost']),
      ...(this.#cluster.isBeingSwept(objectKey(object.key.namespace, object.key.name))
        ? ['DeletionHeld']
        : []),
      ...(this.#isReferredTo(object, listener) ? ['ListenerInUse', 'Deleting'] : []),
    ];
  }

  #reasonsToRest(object: AlbListener, life: Life): readonly string[] {
    const spec = readDeclaration(object.spec);
    if (spec.suspend) return ['Suspended'];
    const unresolved = this.#unresolved(object, spec);
    if (unresolved.length > 0) return unresolved;
    const listener = this.#listenerOf(object);
    if (listener !== undefined) return this.#reasonsToDiffer(object, spec, listener, life);
    return [...this.#reasonsToStandElsewhere(object, spec), ...this.#reasonsToHaveNone(object, spec)];
  }

  /** A ConfigMap may have changed since the status was wiped that named the load balancer of the creation. */
  #reasonsToStandElsewhere(object: AlbListener, spec: Declaration): readonly string[] {
    const declared = this.#loadBalancerOf(spec);
    const isElsewhere = this.#cloud
      .listenersOf(object.uid)
      .some(({ LoadBalancerId }) => LoadBalancerId !== declared);
    return isElsewhere ? ['ListenerElsewhere'] : [];
  }

  #reasonsToHaveNone(object: AlbListener, spec: Declaration): readonly string[] {
    const observes = spec.reconcilePolicy === 'Observe';
    if (this.#isGoneForGood(spec))
      return [
        'LoadBalancerNotFound',
        'AdoptionRefused',
        'PortClaimed',
        ...(observes ? ['ListenerMissing'] : planned(spec)),
      ];
    // Where it is not sure that a lost call made nothing, it looks at the port before it looks at its rivals.
    const claimants = this.#rivals(object, spec).filter(isClaimant);
    if (claimants.length > 0) {
      return [
        'PortClaimed',
        'PortTaken',
        ...(observes ? ['ListenerMissing'] : planned(spec)),
        // What a user has written into a status may say that it has begun elsewhere.
        ...(claimants.every(({ lied }) => lied) ? this.#reasonsOnFreeClaim(object, spec) : []),
      ];
    }
    return this.#reasonsOnFreeClaim(object, spec);
  }

  #reasonsOnFreeClaim(object: AlbListener, spec: Declaration): readonly string[] {
    if (spec.adopt !== undefined) {
      const candidate = this.#cloud.listener(spec.adopt.listenerId);
      return candidate === undefined ? ['AdoptionRefused'] : planned(spec);
    }
    // An object that cannot create, or will not, keeps no port from others.
    if (this.#occupant(spec) !== undefined) return ['PortTaken'];
    if (spec.reconcilePolicy === 'Observe') return ['ListenerMissing'];
    return [...planned(spec), ...(this.#refersToGhost(object, spec) ? ['DependencyNotFound'] : [])];
  }

  #reasonsToDiffer(
    object: AlbListener,
    spec: Declaration,
    listener: Listener,
    life: Life,
  ): readonly string[] {
    const observes = spec.reconcilePolicy === 'Observe';
    if (!observes && ownerOf(listener) !== object.uid) return ['OwnershipLost', ...planned(spec)];
    // What is nobody's by its tags may be of the namespace whose object says so: its settings are not shown here.
    if (observes && this.#isClaimedElsewhere(object, listener)) return ['OwnershipLost'];
    // The cloud has forgotten that the creation failed: it looks like one that never ends.
    const [job] = this.#cloud.jobsOf(listener.ListenerId);
    if (listener.ListenerStatus === 'Provisioning' && job === undefined) return ['OperationOverdue'];
    // A creation that failed while nobody may delete what it left.
    if (spec.reconcilePolicy !== 'Manage' && listener.ListenerStatus === 'Provisioning') {
      return ['CreateFailed', 'OperationOverdue'];
    }
    const surplus = life.wiped || spec.adopt !== undefined;
    const wrong = this.#deviations(spec, listener, surplus);
    const keepsOldValue = this.#cloud.simulator.state.settings.updateKeepsOldValue.length > 0;
    if (wrong.length > 0) {
      return [
        ...planned(spec),
        ...(observes || spec.driftPolicy === 'Report' ? ['Drifted'] : []),
        ...(keepsOldValue && wrong.includes('idleTimeout') ? ['NotConverging'] : []),
        ...(spec.listenerState === 'Stopped' ? ['ListenerStopped'] : []),
      ];
    }
    // Of what nobody remembers, the manifest may say more than is judged here.
    const more =
      observes || spec.driftPolicy === 'Report' || surplus ? ['Drifted', ...planned(spec)] : planned(spec);
    const isReady = spec.listenerState === 'Stopped' ? 'Stopped' : 'Running';
    return [
      isReady,
      ...(spec.reconcilePolicy === 'Manage' && !surplus && spec.driftPolicy === 'Correct' ? [] : more),
    ];
  }

  #judgeListeners(object: AlbListener, life: Life, isReady: boolean): string | undefined {
    if (!isReady) return undefined;
    const spec = readDeclaration(object.spec);
    const { name } = object.key;
    const listener = this.#listenerOf(object);
    if (listener === undefined) return `${name} runs without a listener`;
    const wrong = this.#deviations(spec, listener, life.wiped || spec.adopt !== undefined);
    if (wrong.length > 0) return `${name} rests as Ready and differs in ${wrong.join(', ')}`;
    if (this.#records.hasLostTrack(life)) return undefined;
    const ours = this.#cloud
      .listenersOf(object.uid)
      .filter(({ ListenerId }) => ListenerId !== listener.ListenerId);
    return ours.length === 0
      ? undefined
      : `${name} has ${ours.length} listeners that its status does not name`;
  }

  /** In what the listener is not as declared, with what references stand for. */
  #deviations(spec: Declaration, listener: Listener, surplus: boolean): readonly string[] {
    const wrong = deviations(spec, listener, { surplus });
    const named = spec.loadBalancerIdFrom === undefined ? undefined : this.#cluster.ids['sgp'];
    const forwardsTo = listener.DefaultActions[0]?.ForwardGroupConfig?.ServerGroupTuples[0]?.ServerGroupId;
    return named === undefined || named === forwardsTo ? wrong : [...wrong, 'defaultActions'];
  }

  #listenerOf({ status }: AlbListener): Listener | undefined {
    return this.#cloud.listener(status.listenerId ?? '');
  }

  #loadBalancerOf({ loadBalancerId, loadBalancerIdFrom }: Declaration): string | undefined {
    return loadBalancerId ?? this.#cluster.ids[loadBalancerIdFrom?.configMapKeyRef.key ?? ''];
  }

  #isGoneForGood(spec: Declaration): boolean {
    return this.#cloud.goneForGood.has(this.#loadBalancerOf(spec) ?? '');
  }

  #unresolved(object: AlbListener, spec: Declaration): readonly string[] {
    if (spec.loadBalancerIdFrom !== undefined) {
      const { ids } = this.#cluster;
      const named = this.#loadBalancerOf(spec);
      const { listenerId, creation, loadBalancerId } = object.status;
      // Where it had a listener, or may have one, it is not looked for while the manifest points elsewhere.
      const mayStand = listenerId !== undefined || creation?.unsettledAt !== undefined;
      const standing = mayStand ? loadBalancerId : undefined;
      const isUsable = named !== undefined && (standing === undefined || standing === named);
      return isUsable && ids['sgp'] !== undefined ? [] : ['InvalidReference'];
    }
    const ref = spec.quicConfig?.quicListenerRef;
    if (ref === undefined) return [];
    const raw = this.#cluster.get(objectKey(object.key.namespace, ref.name));
    if (raw === undefined) return ['InvalidReference'];
    const other = readAlbListener(raw);
    const isSeen = other.status.listenerId !== undefined && other.status.observed !== undefined;
    const hasBegun = object.status.listenerId !== undefined || object.status.creation !== undefined;
    if (other.beingDeleted) return isSeen && hasBegun ? [] : ['InvalidReference', 'ReferenceNotReady'];
    return isSeen ? [] : ['ReferenceNotReady'];
  }

  /** Whether it refers to a resource that is not looked after, and whose listener somebody has deleted meanwhile. */
  #refersToGhost(object: AlbListener, spec: Declaration): boolean {
    const name = spec.quicConfig?.quicListenerRef?.name;
    const raw = name === undefined ? undefined : this.#cluster.get(objectKey(object.key.namespace, name));
    if (raw === undefined) return false;
    const other = readAlbListener(raw);
    return readDeclaration(other.spec).suspend && this.#listenerOf(other) === undefined;
  }

  /** Other resources on the same port that may come first. */
  #rivals(object: AlbListener, spec: Declaration): readonly Life[] {
    return this.#records.living.filter((life) => {
      if (life.object.metadata.uid === object.uid) return false;
      const other = readDeclaration(life.object['spec']);

      return (
        other.listenerPort === spec.listenerPort &&
        isUdp(other) === isUdp(spec) &&
        this.#loadBalancerOf(other) === this.#loadBalancerOf(spec) &&
        precedes(readAlbListener(life.object), object)
      );
    });
  }

  #occupant(spec: Declaration): Listener | undefined {
    return this.#cloud.listeners.find(
      ({ ListenerPort, ListenerProtocol, LoadBalancerId }) =>
        ListenerPort === spec.listenerPort &&
        (ListenerProtocol === 'QUIC') === isUdp(spec) &&
        LoadBalancerId === this.#loadBalancerOf(spec),
    );
  }

  #isClaimedElsewhere({ key }: AlbListener, listener: Listener): boolean {
    return (
      ownerOf(listener) === undefined &&
      this.#records.living.some(({ object, lied }) => {
        const other = readAlbListener(object);
        return (
          lied &&
          other.key.namespace !== key.namespace &&
          other.status.listenerId === listener.ListenerId &&
          other.status.loadBalancerId === listener.LoadBalancerId
        );
      })
    );
  }

  #isReferredTo(object: AlbListener, { ListenerId }: Listener): boolean {
    const inCloud = this.#cloud.listeners.some(({ QuicConfig }) => QuicConfig?.QuicListenerId === ListenerId);
    const inCluster = this.#records.living.some(({ object: other }) => {
      const name = readDeclaration(other['spec']).quicConfig?.quicListenerRef?.name;
      return name === object.key.name && keyOf(other) !== objectKey(object.key.namespace, object.key.name);
    });
    return inCloud || inCluster;
  }
}

/** Where the cloud refuses what is asked for, and the operator asks again slowly. */
const REFUSED: ReadonlySet<string> = new Set(['DependencyNotFound', 'ListenerInUse']);

/** Whether it has begun, or can and will: only then the port is its own. */
function isClaimant({ object }: Life): boolean {
  const { status, spec } = readAlbListener(object);
  const hasBegun = status.listenerId !== undefined || status.creation !== undefined;
  return hasBegun || canClaim(readDeclaration(spec));
}

/** What is said while nothing is done. */
function planned({ reconcilePolicy }: Declaration): readonly string[] {
  return reconcilePolicy === 'DryRun' ? ['Planned', 'DryRunRefused'] : [];
}

function isUdp({ listenerProtocol }: Declaration): boolean {
  return listenerProtocol === 'QUIC';
}

function precedes(other: AlbListener, object: AlbListener): boolean {
  const hold = ({ status }: AlbListener) =>
    status.listenerId !== undefined ? 2 : status.creation === undefined ? 0 : 1;
  if (hold(other) !== hold(object)) return hold(other) > hold(object);
  return `${other.createdAt} ${other.uid}` < `${object.createdAt} ${object.uid}`;
}
