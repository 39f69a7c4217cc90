import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Size } from '../../tools/demo/view/layout.ts';

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Why tests in a real terminal cannot run here; undefined where they can. */
export function whyNoTmux(): string | undefined {
  try {
    execFileSync('tmux', ['-V']);
    return undefined;
  } catch {
    return 'tmux is not installed: apt-get install tmux, or its like, to test in a real terminal';
  }
}

/** A real terminal with a shell in it, on a tmux server of its own. */
export class TmuxTerminal implements Disposable {
  readonly #server = `alb-test-${randomUUID()}`;

  /** Runs the command, and after its end waits to be looked at. */
  constructor(command: readonly string[], size: Size, env: Readonly<Record<string, string>> = {}) {
    const settings = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
    const script = [...settings, ...command.map(quoted), '; echo "exit code $?"; exec sleep 3600'].join(' ');
    const dimensions = ['-x', String(size.columns), '-y', String(size.rows)];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...dimensions, 'sh', '-c', `echo before; ${script}`);
  }

  /** What is to be seen, line by line; trailing blanks are not. */
  screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** The same with the colours as escape sequences. */
  colouredScreen(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  resize({ columns, rows }: Size): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Keys in the words of tmux, such as `C-c`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8' });
  }
}
