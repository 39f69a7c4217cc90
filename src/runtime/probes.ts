import type { Question, Reply, Route } from './http-server.ts';

/** `undefined` where all is well, else what is not, in words for a person and without secrets. */
export type Check = () => string | undefined;

/**
 * What the kubelet asks: `/healthz`, whether the process had better be started anew, and `/readyz`, whether it does
 * its part. `?verbose` lists every check, as Kubernetes' own components do; a failure always does.
 *
 * Without any check of readiness it is not ready: nothing is known yet.
 */
export class Probes {
  readonly #live = new Map<string, Check>();
  readonly #ready = new Map<string, Check>();

  /** One that fails has the kubelet kill the process, so only what a new process mends belongs here. */
  addLive(name: string, check: Check): void {
    this.#live.set(name, check);
  }

  addReady(name: string, check: Check): void {
    this.#ready.set(name, check);
  }

  get routes(): ReadonlyMap<string, Route> {
    return new Map([
      // That it is answered at all shows that the event loop turns.
      ['/healthz', (question) => report('healthz', new Map([['ping', healthy], ...this.#live]), question)],
      ['/readyz', (question) => report('readyz', this.#readiness(), question)],
    ]);
  }

  #readiness(): ReadonlyMap<string, Check> {
    return this.#ready.size === 0 ? new Map([['start', () => 'the operator has not begun']]) : this.#ready;
  }
}

function healthy(): undefined {
  return undefined;
}

function report(name: string, checks: ReadonlyMap<string, Check>, { query }: Question): Reply {
  const results = [...checks].map(([check, run]) => ({ check, problem: run() }));
  const failed = results.some(({ problem }) => problem !== undefined);
  if (!failed && !query.has('verbose')) return { status: 200, body: 'ok' };
  const lines = results.map(({ check, problem }) =>
    problem === undefined ? `[+]${check} ok` : `[-]${check} failed: ${problem}`,
  );
  lines.push(`${name} check ${failed ? 'failed' : 'passed'}`, '');
  return { status: failed ? 500 : 200, body: lines.join('\n') };
}
