import { z } from 'zod';
import type { OperatorProcess } from '../../tools/local/operator-process.ts';
import type { SecretSearch } from '../support/secret-search.ts';

const cloudWrite = z.object({
  stream: z.literal('audit'),
  key: z.string(),
  uid: z.string(),
  operation: z.string(),
  listenerId: z.string().optional(),
  outcome: z.string(),
});

/** A write to the cloud as the operator audits it: for which object, and to which listener. */
export type CloudWrite = z.infer<typeof cloudWrite>;

/** What the operator says when it begins to work. */
const WORKING = '"msg":"watching"';

/**
 * The operator as a process that dies again and again, and for moments as two. Every word that any of them says is
 * searched for secrets.
 */
export class Operators {
  readonly #start: () => Promise<OperatorProcess>;
  readonly #secrets: SecretSearch;
  readonly #problems: string[] = [];
  readonly #writes: CloudWrite[] = [];
  #current: OperatorProcess | undefined;

  constructor(start: () => Promise<OperatorProcess>, secrets: SecretSearch) {
    this.#start = start;
    this.#secrets = secrets;
  }

  /** The one that works now. */
  get current(): OperatorProcess {
    if (this.#current === undefined) throw new Error('No operator runs.');
    return this.#current;
  }

  /** Whether it has seen the cluster and begun. */
  get isWorking(): boolean {
    return this.current.lines.some((line) => line.includes(WORKING));
  }

  /** Resolves when it has seen the cluster, or with its end. */
  async works(): Promise<void> {
    await this.current.line(WORKING).catch(() => {});
  }

  /** What was wrong with any of them: a secret that was said, an end that nobody asked for, a bad exit code. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Every write to the cloud that any of those that have ended has told of. */
  get writes(): readonly CloudWrite[] {
    return this.#writes;
  }

  async start(): Promise<void> {
    this.#current = await this.#start();
  }

  /** SIGKILL: no farewell. */
  async kill(operator = this.current): Promise<void> {
    this.#expectAlive(operator);
    await operator.kill();
    this.#search(operator);
  }

  /** SIGTERM, as when a pod is moved. */
  async stop(): Promise<void> {
    const operator = this.current;
    this.#expectAlive(operator);
    // Before it has begun, nothing listens for the signal, and nothing has to be finished.
    const isWorking = this.isWorking;
    const code = await operator.stop();
    if (isWorking && code !== 0) this.#problems.push(`SIGTERM ended the operator with exit code ${code}.`);
    this.#search(operator);
  }

  /** SIGSTOP; the answer is how to have it go on. It may be killed meanwhile. */
  pause(): () => void {
    const { pid } = this.current;
    process.kill(pid, 'SIGSTOP');
    return () => void (isAlive(pid) && process.kill(pid, 'SIGCONT'));
  }

  async killAll(): Promise<void> {
    await this.#current?.kill();
  }

  #expectAlive(operator: OperatorProcess): void {
    if (isAlive(operator.pid)) return;
    this.#problems.push(`The operator ended by itself:\n${operator.lines.slice(-5).join('\n')}`);
  }

  #search({ lines }: OperatorProcess): void {
    for (const line of lines) {
      if (line.includes('"stream":"audit"')) this.#writes.push(cloudWrite.parse(JSON.parse(line)));
    }
    this.#problems.push(...this.#secrets.leaksIn('output of the operator', lines.join('\n')));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
