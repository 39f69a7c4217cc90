import { join } from 'node:path';
import type { binaryNames } from './directory.ts';
import { goBuild } from './go-build.ts';
import type { Context, WayOutcome } from './way.ts';

const moduleDirectory = join(import.meta.dirname, '..');

type BinaryName = (typeof binaryNames)[number];

// The quick one first: what would stop all three shows soon.
const packages: readonly { readonly name: BinaryName; readonly package: string }[] = [
  { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
  { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
];

/** Builds the binaries into the directory from the modules that go.mod and go.sum pin. */
export async function buildControlPlane(
  directory: string,
  version: string,
  names: readonly BinaryName[],
  context: Context,
): Promise<WayOutcome> {
  context.progress(
    'Building with Go, once: some minutes on two processors, and before that the download of modules.',
  );
  const programs = packages
    .filter(({ name }) => names.includes(name))
    .map((program) => ({ ...program, output: join(directory, program.name) }));
  return goBuild({ moduleDirectory, linkerFlags: linkerFlags(version), programs }, context);
}

/** Sets the version, which API discovery and kubectl go by; without it that is v0.0.0-master. */
function linkerFlags(version: string): string {
  const [major, minor] = version.split('.');
  const variables = [
    `gitVersion=v${version}`,
    `gitMajor=${major}`,
    `gitMinor=${minor}`,
    'gitTreeState=clean',
  ];
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const settings = packages.flatMap((path) => variables.map((variable) => `-X ${path}.${variable}`));
  return ['-s', '-w', ...settings].join(' ');
}
