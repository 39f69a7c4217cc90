import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

// `cat` returns when the write end of its pipe is closed. The operating system closes it when the owner ends
// in whatever way, SIGKILL included, so no signal handler of the owner is needed.
const script = `
cat > /dev/null
for file in "$1"/*.pid; do
  [ -f "$file" ] && kill -KILL "$(cat "$file")"
done
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`;

export interface Watchdog {
  /** Kills what is left, removes the directory, and resolves when both are done. May be called twice. */
  release(): Promise<void>;
}

/**
 * Ties the servers of one data directory to the life of this process: when it ends, every process whose
 * number stands in a `*.pid` file of the directory is killed, and the directory is removed.
 */
export function startWatchdog(dataDirectory: string): Watchdog {
  const shell = spawn('sh', ['-c', script, 'control-plane-watchdog', dataDirectory], {
    // A session of its own: Ctrl-C in the terminal must not end the watchdog before its work is done.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  const ended = endOf(shell);
  return {
    async release() {
      shell.stdin.end();
      shell.ref();
      await ended;
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  await once(child, 'exit');
}
