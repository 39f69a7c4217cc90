import { type Clock, sleep } from '../../src/runtime/clock.ts';
import { type ApiAnswer, failure } from '../../src/runtime/kubernetes/api-answer.ts';
import {
  type ApiRequest,
  type ApiTransport,
  DEFAULT_DEADLINE_MS,
  type WatchRequest,
} from '../../src/runtime/kubernetes/api-transport.ts';
import type { ApiServer } from './api-server/api-server.ts';
import { ApiFaults, type ApiFaultsOptions, type EventFault, type Loss } from './api-server/faults.ts';
import { UnreliableTransport } from './api-server/unreliable-transport.ts';
import { type AwaitPoint, pointOfRequest, pointOfWatch } from './await-points.ts';
import type { FaultTally } from './fault-tally.ts';
import type { Gates, Traveller } from './gates.ts';

export interface ClusterConnectionOptions {
  readonly server: ApiServer;
  readonly faults: ApiFaults;
  readonly gates: Gates;
  readonly process: Traveller;
  readonly clock: Clock;
  /** Whether the request is not answered at all. */
  readonly isSilent: (request: ApiRequest) => boolean;
}

/** The API server as one process reaches it over a network. */
export function clusterConnection(options: ClusterConnectionOptions): ApiTransport {
  const { server, faults, gates, process, clock, isSilent } = options;
  const at = (point: AwaitPoint) =>
    new UnreliableTransport({ server, faults, clock, pass: (gate) => gates.wait(process, gate, point) });
  return {
    request: async (request: ApiRequest): Promise<ApiAnswer> => {
      if (!isSilent(request)) return at(pointOfRequest(request)).request(request);
      await sleep(clock, request.deadlineMs ?? DEFAULT_DEADLINE_MS, request.signal);
      return failure(request.signal?.aborted ? 'aborted' : 'timeout', 'no answer');
    },
    watch: (request: WatchRequest) => at(pointOfWatch(request.path)).watch(request),
  };
}

/** The faults of the API server and of the way to it, as far as the tally lets them strike. */
export class TalliedApiFaults extends ApiFaults {
  readonly #tally: FaultTally;

  constructor(tally: FaultTally, options: Omit<ApiFaultsOptions, 'staleLists'>) {
    super({ ...options, staleLists: true });
    this.#tally = tally;
  }

  override forRequest(): Loss | undefined {
    return this.#tallied('request', super.forRequest());
  }

  override forList(): Loss | 'stale' | undefined {
    return this.#tallied('list', super.forList());
  }

  override forEvent(): EventFault | undefined {
    return this.#tallied('event', super.forEvent());
  }

  #tallied<Fault extends string>(of: string, fault: Fault | undefined): Fault | undefined {
    if (fault === undefined) return undefined;
    return this.#tally.strikes(`api server: ${of} ${fault}`) ? fault : undefined;
  }
}
