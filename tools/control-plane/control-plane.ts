import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdmin, writeKubeconfig } from './admin.ts';
import { type ApiGet, createApiGet } from './api-get.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { compactEtcd, etcdDirectory, etcdUrl, startEtcd } from './etcd.ts';
import { type ApiServerSettings, apiServerUrl, certificateFile, startApiServer } from './kube-apiserver.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { freePort } from './ports.ts';
import type { ServerProcess, Start } from './server-process.ts';
import { startWatchdog } from './watchdog.ts';

/**
 * A real kube-apiserver on a real etcd, for this process alone: loopback only, data in a temporary directory,
 * gone when this process ends in whatever way. No other part of Kubernetes runs. So nothing deletes what a
 * deleted namespace holds, collects garbage by owner references, or runs a pod.
 */
export interface ControlPlane {
  /** Stays the same when kube-apiserver is stopped and started. */
  readonly url: string;
  /** Gives every right, and needs no other file. */
  readonly kubeconfigPath: string;
  /** Holds the logs of the servers (`kube-apiserver.log`, `etcd.log`). */
  readonly dataDirectory: string;
  /** As the binary names itself, such as `v1.36.3`. */
  readonly kubernetesVersion: string;
  readonly kubectl: Kubectl;
  /** Reads from the API server without a kubectl process, so it may be called often. */
  readonly get: ApiGet;
  /**
   * Kills kube-apiserver: its connections end without a farewell. (Asked politely it stays for a minute when
   * a watch is open.)
   */
  stopApiServer(): Promise<void>;
  /** Starts kube-apiserver again after a stop: same address, same certificate, same data. */
  startApiServer(): Promise<void>;
  /** Makes etcd forget all earlier revisions. Watches that are open do not notice: see expireWatches. */
  compactEtcd(): Promise<void>;
  /**
   * Restarts kube-apiserver in such a way that every watch opened before has to be opened anew, and every
   * resourceVersion read before is answered with 410 Expired.
   */
  expireWatches(): Promise<void>;
  /** Keeps a copy of all that etcd holds now, in the place of an earlier one. etcd is away for a moment. */
  backUpEtcd(): Promise<void>;
  /** Stops both servers, puts the last backup in place and starts them: resourceVersions go back, and come again. */
  restoreEtcd(): Promise<void>;
  /** Ends the servers and removes the data directory. May be called twice. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Found (at worst built, for minutes) when not given. */
  binaries?: Binaries;
}

/** Throws an error that shows the end of the log of a server which does not start. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = options.binaries ?? (await findBinaries());
  const dataDirectory = await mkdtemp(join(tmpdir(), 'alb-control-plane-'));
  const watchdog = startWatchdog(dataDirectory);

  try {
    const admin = createAdmin(dataDirectory);
    const { port: etcdPort, server } = await onFreePort('etcd', (port) =>
      startEtcd(binaries.etcd, dataDirectory, port),
    );
    let etcd = server;
    const startEtcdAgain = async (): Promise<void> => {
      etcd = await onSamePort('etcd', () => startEtcd(binaries.etcd, dataDirectory, etcdPort));
    };
    const backup = join(dataDirectory, 'backup');
    const settings = (port: number): ApiServerSettings => ({
      executable: binaries.kubeApiserver,
      dataDirectory,
      admin,
      etcdUrl: etcdUrl(etcdPort),
      port,
    });
    const first = await onFreePort('kube-apiserver', (port) => startApiServer(settings(port)));
    const url = apiServerUrl(first.port);
    const kubeconfigPath = writeKubeconfig(dataDirectory, url, certificateFile(dataDirectory), admin);

    let apiServer: ServerProcess | undefined = first.server;
    const stopApiServer = async (): Promise<void> => {
      await apiServer?.kill();
      apiServer = undefined;
    };
    const startAgain = async (): Promise<void> => {
      if (apiServer !== undefined) throw new Error('kube-apiserver runs already: stop it first.');
      apiServer = await onSamePort('kube-apiserver', () => startApiServer(settings(first.port)));
    };

    return {
      url,
      kubeconfigPath,
      dataDirectory,
      kubernetesVersion: binaries.kubernetesVersion,
      kubectl: createKubectl(binaries.kubectl, kubeconfigPath),
      get: createApiGet(url, certificateFile(dataDirectory), admin.token),
      stopApiServer,
      startApiServer: startAgain,
      compactEtcd: () => compactEtcd(etcdPort),
      async expireWatches() {
        // kube-apiserver serves watches from its own memory, which a compaction does not touch. A new one
        // remembers no change from before its start, and etcd has forgotten them too.
        await stopApiServer();
        await compactEtcd(etcdPort);
        await startAgain();
      },
      async backUpEtcd() {
        await etcd.kill();
        await rm(backup, { recursive: true, force: true });
        await cp(etcdDirectory(dataDirectory), backup, { recursive: true });
        await startEtcdAgain();
      },
      async restoreEtcd() {
        await stopApiServer();
        await etcd.kill();
        await rm(etcdDirectory(dataDirectory), { recursive: true });
        await cp(backup, etcdDirectory(dataDirectory), { recursive: true });
        await startEtcdAgain();
        await startAgain();
      },
      async stop() {
        await stopApiServer();
        await etcd.kill();
        await watchdog.release();
      },
    };
  } catch (error) {
    await watchdog.release();
    throw error;
  }
}

const bindAttempts = 5;

/** Between the choice of a free port and its use another process may take it: then the next one is tried. */
async function onFreePort(
  name: string,
  start: (port: number) => Promise<Start>,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 0; attempt < bindAttempts; attempt += 1) {
    const port = await freePort();
    const started = await start(port);
    if (started.outcome === 'ready') return { server: started.server, port };
    if (started.outcome === 'failed') throw new Error(started.message);
  }
  throw new Error(`${name} found its port taken ${bindAttempts} times in a row.`);
}

/** A restart needs the port its clients know, so one that is taken is waited for. */
async function onSamePort(name: string, start: () => Promise<Start>): Promise<ServerProcess> {
  for (let attempt = 0; attempt < bindAttempts; attempt += 1) {
    const started = await start();
    if (started.outcome === 'ready') return started.server;
    if (started.outcome === 'failed') throw new Error(started.message);
    await sleep(1000);
  }
  throw new Error(`${name} cannot start again: another process has taken its port.`);
}
