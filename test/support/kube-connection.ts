import { KubeConfig } from '@kubernetes/client-node';
import type { KubeConnection } from '../../src/runtime/kubernetes/connection.ts';
import { connectionFrom } from '../../src/runtime/kubernetes/connection.ts';

/** The connection of a kubeconfig file; through another port of 127.0.0.1 if one is given. */
export function connectionOf(kubeconfigPath: string, port?: number): KubeConnection {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfigPath);
  const connection = connectionFrom(kubeConfig);
  if (port === undefined) return connection;
  const server = new URL(connection.server);
  server.port = String(port);
  return { server, credentials: async () => connection.credentials() };
}
