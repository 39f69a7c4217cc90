/**
 * `npm run bench [-- --soak MINUTES]`: how fast the operator starts and works on this machine, and what it takes, run by
 * Node as the image does it. With --soak also whether it takes more with time. Prints figures, judges none.
 */
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from '../../tools/control-plane/ports.ts';
import { type OperatorProcess, startOperatorProcess } from '../../tools/local/operator-process.ts';
import { manifest } from '../support/full-manifests.ts';
import { buildBundle, LOAD_BALANCERS, startBenchWorld } from './bench-world.ts';
import { type Memory, memoryOf, probeFlags } from './operator-memory.ts';

const STARTS = 7;
const LISTENERS = 300;
/** Time for what work leaves behind to be collected: V8 waits 8 s for more work. */
const IDLE_MS = 15_000;
const PATIENCE_MS = 120_000;
const LOOK_MS = 250;
/** What V8 grants itself under the memory limit of the deployment, 512 MiB. The nearer the limit, the less it lets lie. */
const HEAP_LIMIT_MIB = 256;
/** So often that minutes show what would take days. */
const SOAK_RESYNC = '2s';
const MINUTE_MS = 60_000;

const { values: options } = parseArgs({ options: { soak: { type: 'string', default: '0' } } });
const soakMinutes = Number(options.soak);
if (!Number.isSafeInteger(soakMinutes)) throw new Error('--soak MINUTES: a whole number.');

const SOURCE = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

await using cleanup = new AsyncDisposableStack();
const world = await startBenchWorld(cleanup);
const { folder, controlPlane } = world;
const bundle = await buildBundle(world);
const healthPort = await freePort();
const flags = [...world.flags, `--max-old-space-size=${HEAP_LIMIT_MIB}`];
const probedFlags = [...flags, ...(await probeFlags(folder))];
const settings = { ...world.settings, HEALTH_PROBE_BIND_ADDRESS: `127.0.0.1:${healthPort}` };

say(`kube-apiserver ${controlPlane.kubernetesVersion}, Node ${process.version}, ${process.arch}`);
say(`bundle: ${mebibytes((await stat(bundle)).size)}`);

const fromBundle = await measureStarts(bundle);
const fromSource = await measureStarts(SOURCE);
say(`start to /readyz, bundle: ${spreadOf(fromBundle)}`);
say(
  `start to /readyz, source: ${spreadOf(fromSource)} (${ratio(median(fromSource), median(fromBundle))} the bundle)`,
);

let operator = await startOperatorProcess(settings, bundle, probedFlags);
cleanup.defer(async () => {
  await operator.stop();
});
await untilReady(operator);
await sleep(IDLE_MS);
const idle = await memoryOf(operator);
say(`memory, no listeners: ${described(idle)}`);

const made = await measure(() => applyListeners());
say(
  `${LISTENERS} listeners on ${LOAD_BALANCERS} load balancers, apply to all Ready: ${seconds(made)}, ${(LISTENERS / (made / 1000)).toFixed(1)} a second`,
);
await sleep(IDLE_MS);
const busy = await memoryOf(operator);
say(`memory, ${LISTENERS} listeners: ${described(busy)}`);
say(
  `memory (RSS), ${LISTENERS} listeners: ${ratio(busy.resident, idle.resident)} of none, while they were made up to ${mebibytes(busy.peak)}`,
);
say(`memory for each listener: ${kibibytes((busy.objects - idle.objects) / LISTENERS)} of objects`);

const cpuBefore = await cpuMs(operator);
await sleep(IDLE_MS);
say(
  `processor while nothing changes: ${((((await cpuMs(operator)) - cpuBefore) / IDLE_MS) * 100).toFixed(1)} % of one`,
);

const gone = await measure(() => deleteListeners());
say(`delete to all gone: ${seconds(gone)} (${ratio(gone, made)} of making them)`);

if (soakMinutes > 0) await soak();

/** Looks at every listener again and again. What is kept of a look, or lost in it, shows in what collections leave. */
async function soak(): Promise<void> {
  await operator.stop();
  const hurried = { ...settings, ALB_RESYNC_INTERVAL: SOAK_RESYNC };
  operator = await startOperatorProcess(hurried, bundle, probedFlags);
  await untilReady(operator);
  await applyListeners();
  for (let minute = 1; minute <= soakMinutes; minute += 1) {
    await sleep(MINUTE_MS);
    say(
      `memory, a look at each every ${SOAK_RESYNC}, minute ${minute}: ${described(await memoryOf(operator))}`,
    );
  }
}

async function measureStarts(main: string): Promise<readonly number[]> {
  const took: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    let running: OperatorProcess | undefined;
    took.push(
      await measure(async () => {
        running = await startOperatorProcess(settings, main, flags);
        await untilReady(running);
      }),
    );
    await running?.stop();
  }
  return took;
}

/** Throws with the last words of one that does not get there. */
async function untilReady({ lines }: OperatorProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`not ready in time:\n${lines.slice(-10).join('\n')}`);
    await sleep(5);
  }
}

async function applyListeners(): Promise<void> {
  const input = Array.from({ length: LISTENERS }, (_, index) =>
    stringify(
      manifest(`listener-${index}`, {
        loadBalancerId: `alb-${index % LOAD_BALANCERS}`,
        listenerProtocol: 'HTTP',
        listenerPort: 1000 + index,
        defaultActions: [
          {
            type: 'ForwardGroup',
            forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: `sgp-${index % LOAD_BALANCERS}` }] },
          },
        ],
      }),
    ),
  );
  const applied = await controlPlane.kubectl(['apply', '--server-side', '-f', '-'], {
    input: input.join('---\n'),
  });
  if (applied.code !== 0) throw new Error(applied.stderr);
  await untilListeners((said) => said.length === LISTENERS && said.every((one) => one.startsWith('True')));
}

async function deleteListeners(): Promise<void> {
  const deleted = await controlPlane.kubectl(['delete', 'alblisteners', '--all', '--wait=false']);
  if (deleted.code !== 0) throw new Error(deleted.stderr);
  await untilListeners((said) => said.length === 0);
}

/** Looks at all at once: `kubectl wait` looks at one after the other, and that would be part of what is measured. */
async function untilListeners(isDone: (said: readonly string[]) => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const ready = '.status.conditions[?(@.type=="Ready")]';
  const shown = `jsonpath={range .items[*]}{${ready}.status} {${ready}.message}{"\\n"}{end}`;
  for (;;) {
    const { code, stdout, stderr } = await controlPlane.kubectl(['get', 'alblisteners', '-o', shown]);
    if (code !== 0) throw new Error(stderr);
    const said = stdout.split('\n').filter((line) => line !== '');
    if (isDone(said)) return;
    if (performance.now() > deadline) {
      throw new Error(`Not all are there in time. They say:\n${[...new Set(said)].slice(0, 10).join('\n')}`);
    }
    await sleep(LOOK_MS);
  }
}

async function measure(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/** Fields 14 and 15 of proc(5), in hundredths of a second. */
async function cpuMs({ pid }: OperatorProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function spreadOf(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `median ${median(values).toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)}, ${values.length} starts)`;
}

function ratio(part: number, whole: number): string {
  return `${(part / whole).toFixed(2)} times`;
}

function described({ resident, files, objects, code, external }: Memory): string {
  return `RSS ${mebibytes(resident)} (files ${mebibytes(files)}); after a collection objects ${mebibytes(objects)}, code ${mebibytes(code)}, external ${mebibytes(external)}`;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
