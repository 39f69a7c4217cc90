import { GROUP, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { ResourceClient } from '../../src/runtime/kubernetes/resource-client.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { Store } from '../../src/runtime/store.ts';
import { apiContact } from './api-contact.ts';
import { connectionOf } from './kube-connection.ts';
import { recordingLogger } from './recording-logger.ts';
import { statusProblems } from './status-invariants.ts';

export interface StatusWatch {
  /** Ends the watch; resolves with what was wrong in any version it saw. */
  readonly stop: () => Promise<readonly string[]>;
}

/**
 * Looks at every version of every AlbListener that the API server tells of, through its outages too.
 *
 * @param further what else may be wrong with a version; called as it arrives
 * @param judge what is wrong with its status; as the operator must write it unless given
 */
export async function watchStatuses(
  kubeconfigPath: string,
  further: (object: KubeObject) => readonly string[] = () => [],
  judge: (object: KubeObject) => readonly string[] = statusProblems,
): Promise<StatusWatch> {
  const clock = systemClock;
  const logger = recordingLogger();
  const connection = connectionOf(kubeconfigPath);
  const transport = new Transport({ connection, userAgent: 'the-tests', clock });
  const client = new ResourceClient(transport, { group: GROUP, version: VERSION, plural: PLURAL });
  const store = new Store({}, logger);
  const problems: string[] = [];
  store.subscribe(({ object }) => problems.push(...judge(object), ...further(object)));
  const stop = new AbortController();
  const reflector = new Reflector({
    client,
    store,
    clock,
    random: systemRandom,
    contact: apiContact({ clock, logger }),
    logger,
  });
  const watching = reflector.run(stop.signal);
  await reflector.synced;
  return {
    async stop() {
      stop.abort();
      await watching;
      await transport.close();
      return problems;
    },
  };
}
