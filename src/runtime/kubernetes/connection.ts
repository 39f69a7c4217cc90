import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';

/** Where the API server is and how to be let in. */
export interface KubeConnection {
  /** Scheme, host and port; a path in it is put before every request path. */
  readonly server: URL;
  /** Reads or obtains the credentials anew. May be repeated; rejects when a file or a plugin fails. */
  credentials(): Promise<Credentials>;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export type TlsMaterial = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'
>;

/**
 * The current context of a kubeconfig. Certificate and token files, exec plugins and OIDC are client-node's
 * work; each call of `credentials` reads the files again, so rotated ones take effect. The token file of a pod is read
 * here, because client-node keeps what it read for a minute, in which the API server may have ceased to accept it.
 *
 * Throws when the kubeconfig has no current cluster.
 */
export function connectionFrom(kubeConfig: KubeConfig): KubeConnection {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      'The kubeconfig names no current cluster. Choose one: kubectl config use-context <name>.',
    );
  }
  const tokenFile = tokenFileOf(kubeConfig);
  return {
    server: new URL(cluster.server),
    async credentials() {
      const options: RequestOptions = { headers: {} };
      await kubeConfig.applyToHTTPSOptions(options);
      const headers = headersOf(options);
      if (tokenFile !== undefined) {
        headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
      }
      return { headers, tls: tlsOf(options) };
    },
  };
}

const withTokenFile = z.object({ config: z.object({ tokenFile: z.string().min(1) }) });

/** Where client-node takes the token from in a pod. */
function tokenFileOf(kubeConfig: KubeConfig): string | undefined {
  return withTokenFile.safeParse(kubeConfig.getCurrentUser()?.authProvider).data?.config.tokenFile;
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // A token file usually ends with a line break, which no header may hold.
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): TlsMaterial {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}
