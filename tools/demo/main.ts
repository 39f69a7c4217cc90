import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, styleText } from 'node:util';
import { describe, listenersOf, runScenario } from './scenario.ts';
import { SAMPLES, startWorld, type World } from './world.ts';

const USAGE = `Usage: npm run demo [-- --once]

Starts a real kube-apiserver, a simulated ALB and the operator, applies three sample listeners and shows how
they become Running; stays until Ctrl-C, with a KUBECONFIG to play with.

  --once   walk through apply, Running, a refused edit and deletion, then end: code 0 only if all of it held
`;

const REFRESH_MS = 500;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  await using world = await startWorld((line) => console.log(line));
  return values.once ? await walkThrough(world) : await stay(world);
}

async function walkThrough(world: World): Promise<number> {
  try {
    await runScenario(world);
  } catch (error) {
    console.error(styleText('red', `\n${error instanceof Error ? error.message : String(error)}`));
    console.error(`The operator's last words:\n${world.operator.lines.slice(-20).join('\n')}`);
    return 1;
  }
  console.log(styleText('green', '\nEverything held.'));
  return 0;
}

async function stay(world: World): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  await world.controlPlane.kubectl(['apply', ...SAMPLES]);
  console.log(`
In another terminal:

  export KUBECONFIG=${world.controlPlane.kubeconfigPath}
  kubectl get alblisteners
  kubectl explain alblistener.spec

Ctrl-C ends everything.
`);
  await drawUntil(world, stop.signal);
  return 0;
}

/** Draws the table over itself; on something that is no terminal, prints it whenever it has changed. */
async function drawUntil({ controlPlane, cloud }: World, signal: AbortSignal): Promise<void> {
  const aborted = once(signal, 'abort');
  let shown = '';
  while (!signal.aborted) {
    const table = await controlPlane.kubectl(['get', 'alblisteners', '-A', '-o', 'wide']);
    const listeners = (await listenersOf(cloud)).map(describe);
    const picture = `${table.stdout}\n${listeners.join('\n')}\n`;
    if (picture !== shown) {
      if (process.stdout.isTTY && shown !== '')
        process.stdout.write(`\x1b[${shown.split('\n').length - 1}A\x1b[0J`);
      process.stdout.write(picture);
      shown = picture;
    }
    await Promise.race([sleep(REFRESH_MS), aborted]);
  }
}

process.exitCode = await main();
