/** What the demo tells its audience: a screen, or plain lines. */
export type Happening =
  /** Something is being made ready, which may take minutes the first time. */
  | { readonly kind: 'preparing'; readonly line: string }
  /** All of it runs; this is how to reach it. */
  | { readonly kind: 'up'; readonly access: Access }
  | { readonly kind: 'step'; readonly number: number; readonly of: number; readonly title: string }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'output'; readonly text: string }
  /** The message of a condition, which is what the step is about. */
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'held'; readonly claim: string }
  /** The walk is over, all of it held, and the listeners are applied again to play with. */
  | { readonly kind: 'handedOver' }
  /** A step did not hold; the world still runs. */
  | { readonly kind: 'failed'; readonly problem: string }
  /** The state of the cluster and of the cloud, time and again. */
  | { readonly kind: 'seen'; readonly snapshot: Snapshot };

export type Tell = (happening: Happening) => void;

/** How a person reaches the API server and the cloud of the demo. */
export interface Access {
  readonly kubernetesVersion: string;
  readonly kubeconfigPath: string;
  readonly kubectl: { readonly path: string; readonly isOnPath: boolean };
  /** The control endpoint of the simulator, which stands for the console of the cloud. */
  readonly console: string;
}

export interface Snapshot {
  readonly listeners: readonly ListenerRow[];
  readonly cloud: readonly CloudRow[];
  /** Oldest first. */
  readonly events: readonly EventRow[];
}

/** An AlbListener, as `kubectl get` tells of it. */
export interface ListenerRow {
  /** With the namespace, unless that is `default`. */
  readonly name: string;
  readonly port: string;
  readonly phase: string;
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** A listener, as the cloud has it. */
export interface CloudRow {
  readonly id: string;
  readonly port: string;
  readonly status: string;
  readonly forwardsTo: string;
}

export interface EventRow {
  readonly ageSeconds: number;
  readonly object: string;
  readonly isWarning: boolean;
  readonly reason: string;
  readonly message: string;
}
