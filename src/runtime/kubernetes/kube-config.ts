import { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';

export type KubeConfigReading =
  | {
      readonly ok: true;
      readonly kubeConfig: KubeConfig;
      /** Of the current cluster, without name and password where it had them: it is shown to people. */
      readonly server: string;
    }
  /** What is wrong and what to do, in words for a person. */
  | { readonly ok: false; readonly problem: string };

/** The place where kubectl looked a decade ago is what client-node falls back to when it finds nothing. */
const NOTHING_FOUND = 'http://localhost:8080';

/**
 * The cluster this program is meant for: KUBECONFIG, `~/.kube/config`, or the service account of the pod.
 *
 * A file that cannot be read is told by its error's code or its line only. The messages of the parser quote the lines
 * around a mistake, and a kubeconfig holds tokens and keys.
 */
export function readKubeConfig(): KubeConfigReading {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (thrown) {
    return problem(
      `The kubeconfig cannot be read (${whatIsWrong(thrown)}): see KUBECONFIG and ~/.kube/config.`,
    );
  }
  const cluster = kubeConfig.getCurrentCluster();
  const given = cluster?.server;
  if (given === undefined || given === NOTHING_FOUND) {
    return problem(
      'No cluster is known: set KUBECONFIG, write ~/.kube/config, or run in a pod with a service account.',
    );
  }
  const address = URL.parse(given);
  if (address === null) return problem('The kubeconfig names a server that is no URL.');
  address.username = '';
  address.password = '';
  const server = address.href.replace(/\/$/, '');
  // client-node would refuse each request, and only then.
  if (address.protocol === 'http:' && cluster?.skipTLSVerify !== true) {
    return problem(
      `The kubeconfig names ${server}, and credentials do not go there without TLS: write https, or set insecure-skip-tls-verify if this is a proxy on your own machine.`,
    );
  }
  return { ok: true, kubeConfig, server };
}

const system = z.object({ code: z.string() });
/** As js-yaml marks the place; lines count from 0. */
const marked = z.object({ mark: z.object({ line: z.int() }) });

function whatIsWrong(thrown: unknown): string {
  const {
    data: {
      mark: { line },
    } = { mark: {} },
  } = marked.safeParse(thrown);
  if (line !== undefined) return `no YAML at line ${line + 1}`;
  const { data: { code } = {} } = system.safeParse(thrown);
  return code ?? 'not a kubeconfig';
}

function problem(text: string): KubeConfigReading {
  return { ok: false, problem: text };
}
