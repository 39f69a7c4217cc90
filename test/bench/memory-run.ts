import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/runtime/clock.ts';
import { Transport } from '../../src/runtime/kubernetes/transport.ts';
import { runScript, script, type Verdict } from '../../tools/cli/script.ts';
import { startOperatorProcess } from '../../tools/local/operator-process.ts';
import { connectionOf } from '../support/kube-connection.ts';
import { type BenchWorld, buildBundle, LOAD_BALANCERS, startBenchWorld } from './bench-world.ts';
import { memoryLimit } from './memory-limit.ts';

const LARGE = 2000;
const ANNOTATION_BYTES = 250_000;
const CONFIG_MAPS = 500;
const CONFIG_MAP_BYTES = 1024 * 1024 - 1000;
const ORDINARY = 300;
const LIMIT_MIB = 512;
const CREATE_AT_ONCE = 8;
/** A minute is enough where the processors are free. */
const PATIENCE_MS = 600_000;
/** For what the start leaves behind. */
const IDLE_MS = 15_000;
const LOOK_MS = 100;
const NAMESPACE = 'default';

const DESCRIPTION = `Measures what a cluster full of very large objects takes. Runs the bundle as the image does, under the memory
limit of the deployment, against a real API server that holds 2,000 AlbListeners with 250 KB of annotations
and 500 ConfigMaps of 1 MiB beside 300 ordinary AlbListeners. It is started twice: the second start finds all
the statuses. Exits with 1 if it died or its listeners did not get to run.`;

const [given] = script('bench:memory', DESCRIPTION)
  .argument('[bundle]', 'the bundle to run (default: of this source)')
  .parse().processedArgs;

await runScript(bench);

async function bench(): Promise<Verdict> {
  await using cleanup = new AsyncDisposableStack();
  const world = await startBenchWorld(cleanup);
  const bundle = given ?? (await buildBundle(world));
  say(`kube-apiserver ${world.controlPlane.kubernetesVersion}, Node ${process.version}, ${process.arch}`);
  await fill(world);
  say(
    `${LARGE} AlbListeners with ${ANNOTATION_BYTES} bytes of annotations, ${ORDINARY} ordinary ones among them, ${CONFIG_MAPS} ConfigMaps of 1 MiB`,
  );
  const failed: string[] = [];
  for (const start of ['first', 'second']) if (!(await runOnce(world, bundle, start))) failed.push(start);
  return failed.length === 0
    ? { passed: true, line: 'both starts held under the limit' }
    : { passed: false, line: `did not hold under the limit: ${failed.join(' and ')} start` };
}

/** Whether it lived, and all ordinary listeners run. */
async function runOnce(world: BenchWorld, bundle: string, start: string): Promise<boolean> {
  const { settings, simulator } = world;
  const limit = await memoryLimit(LIMIT_MIB);
  const flags = [...world.flags, ...limit.flags];
  const since = performance.now();
  const operator = await startOperatorProcess(settings, bundle, flags, limit.launcher);
  const death = new AbortController();
  void operator.line('never said').catch(() => death.abort());
  let watchingAfter: number | undefined;
  let readyAfter: number | undefined;
  let peakKib = 0;
  const overAt = () => (performance.now() - since) / 1000;
  while (!death.signal.aborted && readyAfter === undefined && overAt() < PATIENCE_MS / 1000) {
    await sleep(LOOK_MS);
    peakKib = Math.max(peakKib, await peakOf(operator.pid));
    if (operator.lines.some((line) => line.includes('"watching"'))) watchingAfter ??= overAt();
    if (watchingAfter !== undefined && runningListeners(simulator) === ORDINARY) readyAfter = overAt();
  }
  const died = death.signal.aborted;
  if (!died) await sleep(IDLE_MS);
  peakKib = Math.max(peakKib, await peakOf(operator.pid));
  const counted = await limit.peak();
  say(
    [
      `${start} start, under ${limit.described}: ${died ? 'DIED' : 'alive'}`,
      watchingAfter === undefined ? 'never watching' : `watching after ${watchingAfter.toFixed(1)} s`,
      `${runningListeners(simulator)} of ${ORDINARY} listeners run${readyAfter === undefined ? '' : ` after ${readyAfter.toFixed(1)} s`}`,
      `peak RSS ${(peakKib / 1024).toFixed(0)} MiB`,
      ...(counted === undefined ? [] : [`counted by the cgroup ${(counted / 1024 / 1024).toFixed(0)} MiB`]),
    ].join('; '),
  );
  for (const line of operator.lines.filter((printed) => /FATAL|lost touch/.test(printed)).slice(0, 3)) {
    say(line.slice(0, 300));
  }
  await operator.kill();
  await limit.remove();
  return !died && readyAfter !== undefined;
}

/** In KiB; 0 for a process that is gone. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}

function runningListeners(simulator: BenchWorld['simulator']): number {
  return [...simulator.simulator.state.listeners.values()].filter(
    ({ ListenerStatus }) => ListenerStatus === 'Running',
  ).length;
}

/** All objects, large and ordinary ones mixed in the one order in which they are listed. */
async function fill({ controlPlane }: BenchWorld): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const connection = connectionOf(controlPlane.kubeconfigPath);
  const transport = new Transport({ connection, userAgent: 'the-benchmark', clock: systemClock });
  stack.defer(() => transport.close());
  const listeners = Array.from({ length: LARGE + ORDINARY }, (_, index) => listenerOf(index));
  const configMaps = Array.from({ length: CONFIG_MAPS }, (_, index) => configMapOf(index));
  const waiting = [
    ...configMaps.map((make) => ['/api/v1/namespaces/default/configmaps', make] as const),
    ...listeners.map(
      (make) => [`/apis/alb.alibabacloud.com/v1alpha1/namespaces/${NAMESPACE}/alblisteners`, make] as const,
    ),
  ];
  const create = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [path, make] = next;
      const answer = await transport.request({ method: 'POST', path, body: make() });
      if (!answer.ok) throw new Error(answer.error.message);
    }
  };
  await Promise.all(Array.from({ length: CREATE_AT_ONCE }, create));
}

function listenerOf(index: number): () => object {
  const isOrdinary =
    Math.floor(((index + 1) * ORDINARY) / (LARGE + ORDINARY)) >
    Math.floor((index * ORDINARY) / (LARGE + ORDINARY));
  const loadBalancerId = `alb-${index % LOAD_BALANCERS}`;
  const group = `sgp-${index % LOAD_BALANCERS}`;
  // Every tenth one takes its server group from a ConfigMap of 1 MiB.
  const configMapKeyRef = { name: `large-${index % CONFIG_MAPS}`, key: group };
  const tuple =
    isOrdinary && index % 10 === 0 ? { serverGroupIdFrom: { configMapKeyRef } } : { serverGroupId: group };
  return () => ({
    apiVersion: 'alb.alibabacloud.com/v1alpha1',
    kind: 'AlbListener',
    metadata: {
      name: `listener-${String(index).padStart(5, '0')}`,
      ...(!isOrdinary && { annotations: { note: `${index}`.padEnd(ANNOTATION_BYTES, 'x') } }),
    },
    spec: {
      ...(!isOrdinary && { suspend: true }),
      loadBalancerId,
      listenerProtocol: 'HTTP',
      listenerPort: 1000 + index,
      defaultActions: [{ type: 'ForwardGroup', forwardGroupConfig: { serverGroupTuples: [tuple] } }],
    },
  });
}

function configMapOf(index: number): () => object {
  const groups = Array.from({ length: LOAD_BALANCERS }, (_, at) => [`sgp-${at}`, `sgp-${at}`] as const);
  return () => ({
    metadata: { name: `large-${index}` },
    data: { ...Object.fromEntries(groups), page: `${index}`.padEnd(CONFIG_MAP_BYTES, 'x') },
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
