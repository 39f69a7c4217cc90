import { isDeepStrictEqual } from 'node:util';
import { Agent } from 'undici';
import type { Clock } from '../clock.ts';
import type { Credentials, KubeConnection, TlsMaterial } from './connection.ts';

/** How old credentials may be before the files behind them are read again. */
const CREDENTIALS_MAX_AGE_MS = 10_000;

/** What one request goes out with. */
export interface Lease {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The one pool of connections that every request and every watch shares. The API server speaks HTTP/2, so it
 * is one connection in practice; with HTTP/1.1 every watch gets its own, so watches cannot starve requests.
 *
 * A replaced agent finishes what runs on it and then closes. It is replaced when the CA or the client
 * certificate changed, or when it is suspected of being dead.
 */
export class ConnectionPool {
  readonly #connection: KubeConnection;
  readonly #clock: Clock;
  #current: { readonly agent: Agent; readonly tls: TlsMaterial } | undefined;
  readonly #retired = new Set<Agent>();
  #credentials: { readonly readAt: number; readonly value: Promise<Credentials> } | undefined;

  constructor(connection: KubeConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Rejects when the credentials cannot be obtained. */
  async lease(): Promise<Lease> {
    const { headers, tls } = await this.#freshCredentials();
    if (this.#current !== undefined && !isDeepStrictEqual(this.#current.tls, tls)) this.#retire();
    this.#current ??= { agent: newAgent(tls), tls };
    return { agent: this.#current.agent, headers };
  }

  /**
   * Nothing came back over this agent in time. Its connection may be cut without anybody having been told,
   * and everything sent over it would be lost as well: what comes next goes over a new one.
   */
  suspect(agent: Agent): void {
    if (this.#current?.agent === agent) this.#retire();
  }

  /** The server did not accept the credentials, or obtaining them failed or hangs: read them again. */
  forgetCredentials(): void {
    this.#credentials = undefined;
  }

  /** Cuts everything that still runs. */
  async close(): Promise<void> {
    this.#retire();
    await Promise.all([...this.#retired].map(async (agent) => agent.destroy()));
  }

  async #freshCredentials(): Promise<Credentials> {
    const now = this.#clock.monotonic();
    if (this.#credentials === undefined || now - this.#credentials.readAt >= CREDENTIALS_MAX_AGE_MS) {
      this.#credentials = { readAt: now, value: this.#connection.credentials() };
    }
    return this.#credentials.value;
  }

  #retire(): void {
    if (this.#current === undefined) return;
    const { agent } = this.#current;
    this.#current = undefined;
    this.#retired.add(agent);
    void agent.close().finally(() => this.#retired.delete(agent));
  }
}

function newAgent(tls: TlsMaterial): Agent {
  // Deadlines and the inactivity of watches are the transport's; undici's own would cut quiet watches.
  return new Agent({ connect: { ...tls }, allowH2: true, headersTimeout: 0, bodyTimeout: 0 });
}
