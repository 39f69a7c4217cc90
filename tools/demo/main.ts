import { runScript, script } from '../cli/script.ts';
import { endSignal } from './end-signal.ts';
import { verdictOn } from './outcome.ts';
import { PlainLines } from './view/plain-lines.ts';
import { Screen } from './view/screen.ts';

const { once: isOnce = false } = script(
  'demo',
  'Starts a real kube-apiserver, a simulated ALB and the operator, walks through the life of three listeners, and then stays until Ctrl-C, with a KUBECONFIG to play with. In a terminal it is a live view, elsewhere plain lines.',
)
  .option('--once', 'only the walk, in plain lines: code 0 only if all of it held')
  .parse()
  .opts();

await runScript(async () => {
  const startedAt = performance.now();
  const end = endSignal();
  const isLive = !isOnce && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  const audience = isLive ? new Screen(end.interrupt) : new PlainLines(process.stdout);
  end.signal.addEventListener('abort', () => audience[Symbol.dispose]());

  // The first words are there before the rest is even loaded.
  audience.tell({ kind: 'preparing', line: 'Looking for kube-apiserver, etcd and kubectl …' });
  const { play } = await import('./play.ts');
  const options = { isOnce, pace: isLive ? 'readable' : 'fast', signal: end.signal } as const;
  const outcome = await play(options, (happening) => audience.tell(happening));
  audience[Symbol.dispose]();
  return verdictOn(outcome, { isOnce, elapsedMs: performance.now() - startedAt });
});
