import { parseArgs } from 'node:util';
import { Ending } from './ending.ts';
import { PlainLines } from './view/plain-lines.ts';
import { Screen } from './view/screen.ts';

const USAGE = `Usage: npm run demo [-- --once]

Starts a real kube-apiserver, a simulated ALB and the operator, walks through the life of three listeners, and then
stays until Ctrl-C, with a KUBECONFIG to play with. In a terminal it is a live view, elsewhere plain lines.

  --once   only the walk, in plain lines: code 0 only if all of it held
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const ending = new Ending();
  const isLive = !values.once && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  const audience = isLive ? new Screen(() => ending.interrupt()) : new PlainLines(process.stdout);
  ending.signal.addEventListener('abort', () => audience[Symbol.dispose]());

  // The first picture is there before the rest is even loaded.
  const { play } = await import('./play.ts');
  const pace = isLive ? 'readable' : 'fast';
  const outcome = await play({ isOnce: values.once, pace, signal: ending.signal }, (happening) =>
    audience.tell(happening),
  );
  audience[Symbol.dispose]();
  return ending.farewell(values.once, outcome);
}

process.exitCode = await main();
