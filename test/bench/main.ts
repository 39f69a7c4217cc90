import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { runScript, script, type Verdict } from '../../tools/cli/script.ts';
import { wholeNumber } from '../../tools/cli/values.ts';
import { freePort } from '../../tools/control-plane/ports.ts';
import { type OperatorProcess, startOperatorProcess } from '../../tools/local/operator-process.ts';
import { manifest } from '../support/full-manifests.ts';
import { type BenchWorld, buildBundle, LOAD_BALANCERS, startBenchWorld } from './bench-world.ts';
import { type Memory, memoryOf, probeFlags } from './operator-memory.ts';
import { type Figure, Rows } from './rows.ts';

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

const SOURCE = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const DESCRIPTION = `Measures how fast the operator starts and works on this machine, and what it takes, run by Node as the
image does it. Prints figures and judges none; exits with 1 when a row could not be measured.`;

const { soak: soakMinutes } = script('bench', DESCRIPTION)
  .option(
    '--soak <minutes>',
    'for that long, look at each listener every 2 s: does memory grow?',
    wholeNumber(),
    0,
  )
  .parse()
  .opts();

await runScript(bench);

async function bench(): Promise<Verdict> {
  await using cleanup = new AsyncDisposableStack();
  const world = await startBenchWorld(cleanup);
  const { folder, controlPlane } = world;
  const bundle = await buildBundle(world);
  const healthPort = await freePort();
  const flags = [...world.flags, `--max-old-space-size=${HEAP_LIMIT_MIB}`];
  const probedFlags = [...flags, ...(await probeFlags(folder))];
  const settings = { ...world.settings, HEALTH_PROBE_BIND_ADDRESS: `127.0.0.1:${healthPort}` };
  const place: Place = { controlPlane, healthPort, settings };
  const rows = new Rows(say);

  say(`kube-apiserver ${controlPlane.kubernetesVersion}, Node ${process.version}, ${process.arch}`);
  say(`bundle: ${mebibytes((await stat(bundle)).size)}`);

  const fromBundle = await rows.row('start to /readyz, bundle', async () => {
    const took = await measureStarts(place, bundle, flags);
    return { value: took, text: spreadOf(took) };
  });
  await rows.row('start to /readyz, source', async () => {
    const took = await measureStarts(place, SOURCE, flags);
    const compared = fromBundle && ` (${ratio(median(took), median(fromBundle))} the bundle)`;
    return { value: took, text: `${spreadOf(took)}${compared ?? ''}` };
  });

  let operator = await startOperatorProcess(settings, bundle, probedFlags);
  cleanup.defer(async () => {
    await operator.stop();
  });
  const idle = await rows.row('memory, no listeners', async () => {
    await untilReady(place, operator);
    await sleep(IDLE_MS);
    return memoryRow(operator);
  });
  const made = await rows.row(
    `${LISTENERS} listeners on ${LOAD_BALANCERS} load balancers, apply to all Ready`,
    async () => {
      const took = await measure(() => applyListeners(place));
      const pace = (LISTENERS / (took / 1000)).toFixed(1);
      return { value: took, text: `${seconds(took)}, ${pace} a second` };
    },
  );
  await sleep(IDLE_MS);
  const busy = await rows.row(`memory, ${LISTENERS} listeners`, () => memoryRow(operator));
  if (idle !== undefined && busy !== undefined) {
    say(
      `memory (RSS), ${LISTENERS} listeners: ${ratio(busy.resident, idle.resident)} of none, while they were made up to ${mebibytes(busy.peak)}`,
    );
    say(`memory for each listener: ${kibibytes((busy.objects - idle.objects) / LISTENERS)} of objects`);
  }
  await rows.row('processor while nothing changes', async () => {
    const before = await cpuMs(operator);
    await sleep(IDLE_MS);
    const part = ((await cpuMs(operator)) - before) / IDLE_MS;
    return { value: part, text: `${(part * 100).toFixed(1)} % of one` };
  });
  await rows.row('delete to all gone', async () => {
    const gone = await measure(() => deleteListeners(place));
    const compared = made === undefined ? '' : ` (${ratio(gone, made)} of making them)`;
    return { value: gone, text: `${seconds(gone)}${compared}` };
  });
  if (soakMinutes === 0) return rows.verdict;

  // Looks at every listener again and again. What is kept of a look, or lost in it, shows in what collections leave.
  await operator.stop();
  operator = await startOperatorProcess(
    { ...settings, ALB_RESYNC_INTERVAL: SOAK_RESYNC },
    bundle,
    probedFlags,
  );
  await rows.row('listeners for the soak, apply to all Ready', async () => {
    await untilReady(place, operator);
    const took = await measure(() => applyListeners(place));
    return { value: took, text: seconds(took) };
  });
  for (let minute = 1; minute <= soakMinutes; minute += 1) {
    await sleep(MINUTE_MS);
    const name = `memory, a look at each every ${SOAK_RESYNC}, minute ${minute}`;
    await rows.row(name, () => memoryRow(operator));
  }
  return rows.verdict;
}

/** Where the operator under measurement runs. */
interface Place {
  readonly controlPlane: BenchWorld['controlPlane'];
  readonly healthPort: number;
  readonly settings: Readonly<Record<string, string>>;
}

async function memoryRow(operator: OperatorProcess): Promise<Figure<Memory>> {
  const memory = await memoryOf(operator);
  return { value: memory, text: described(memory) };
}

async function measureStarts(
  place: Place,
  main: string,
  flags: readonly string[],
): Promise<readonly number[]> {
  const took: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    let running: OperatorProcess | undefined;
    took.push(
      await measure(async () => {
        running = await startOperatorProcess(place.settings, main, flags);
        await untilReady(place, running);
      }),
    );
    await running?.stop();
  }
  return took;
}

/** Throws with the last words of one that does not get there. */
async function untilReady({ healthPort }: Place, { lines }: OperatorProcess): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`not ready in time:\n${lines.slice(-10).join('\n')}`);
    await sleep(5);
  }
}

async function applyListeners({ controlPlane }: Place): Promise<void> {
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
  await untilListeners(
    controlPlane,
    (said) => said.length === LISTENERS && said.every((one) => one.startsWith('True')),
  );
}

async function deleteListeners({ controlPlane }: Place): Promise<void> {
  const deleted = await controlPlane.kubectl(['delete', 'alblisteners', '--all', '--wait=false']);
  if (deleted.code !== 0) throw new Error(deleted.stderr);
  await untilListeners(controlPlane, (said) => said.length === 0);
}

/** Looks at all at once: `kubectl wait` looks at one after the other, and that would be part of what is measured. */
async function untilListeners(
  controlPlane: Place['controlPlane'],
  isDone: (said: readonly string[]) => boolean,
): Promise<void> {
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
