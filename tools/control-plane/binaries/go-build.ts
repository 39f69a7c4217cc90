import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Progress, reasonOf, unavailable, type WayOutcome } from './way.ts';

const moduleDirectory = join(import.meta.dirname, '..');
const shownOutputLines = 10;

// The quick one first: what would stop all three, such as a missing module, shows within seconds.
const programs = [
  { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
  { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
];

/** Builds the binaries into the directory from the modules that go.mod and go.sum pin. */
export async function buildWithGo(
  directory: string,
  version: string,
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<WayOutcome> {
  progress(
    'Building with Go: four to five minutes on two processors, and before that the download of modules.',
  );
  for (const [index, program] of programs.entries()) {
    progress(`Building ${program.name} (${index + 1} of ${programs.length}) …`);
    const output = join(directory, program.name);
    const build = { moduleDirectory, package: program.package, linkerFlags: linkerFlags(version), output };
    const built = await goBuild(build, env);
    if (built.outcome === 'unavailable') return built;
  }
  return { outcome: 'ready' };
}

/** Builds one program. `moduleDirectory` holds the go.mod and go.sum that pin what it is made of. */
export async function goBuild(
  build: { moduleDirectory: string; package: string; linkerFlags: string; output: string },
  env: NodeJS.ProcessEnv,
): Promise<WayOutcome> {
  const args = ['build', '-trimpath', '-ldflags', build.linkerFlags, '-o', build.output, build.package];
  return runGo(args, build.moduleDirectory, { ...env, CGO_ENABLED: '0' });
}

/** Without these the binaries call themselves v0.0.0-master, which API discovery and kubectl take at its word. */
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

async function runGo(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<WayOutcome> {
  const go = spawn('go', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const [output] = await Promise.all([text(go.stderr), once(go, 'close')]);
    if (go.exitCode === 0) return { outcome: 'ready' };
    const lines = output.trimEnd().split('\n').slice(-shownOutputLines);
    return unavailable(`go build failed:\n${lines.map((line) => `      ${line}`).join('\n')}`);
  } catch (error) {
    return unavailable(`go cannot be started (${reasonOf(error)})`);
  }
}
