import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { missingFrom } from './directory.ts';

const answerWithinMs = 5000;
/** Kubernetes supports a kubectl within one minor version of the API server. */
const SKEW = 1;

const versionSchema = z.object({ clientVersion: z.object({ gitVersion: z.string() }) });

/** The path of the kubectl that a shell would run, if it is of a version that fits the API server. */
export async function fittingKubectlOnPath(
  serverVersion: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const directories = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const directory = directories.find((candidate) => missingFrom(candidate, ['kubectl']).length === 0);
  if (directory === undefined) return undefined;
  const path = join(directory, 'kubectl');
  const version = await clientVersion(path, env);
  return version !== undefined && fits(version, serverVersion) ? path : undefined;
}

/** Whether both have one major version and minor versions at most one apart; a leading `v` is allowed. */
function fits(client: string, server: string): boolean {
  const [clientMajor, clientMinor] = numbersOf(client);
  const [serverMajor, serverMinor] = numbersOf(server);
  if (clientMajor === undefined || clientMinor === undefined || serverMinor === undefined) return false;
  return clientMajor === serverMajor && Math.abs(clientMinor - serverMinor) <= SKEW;
}

function numbersOf(version: string): number[] {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return [major, minor].flatMap((number) => (number === undefined ? [] : [Number(number)]));
}

/** A kubectl that cannot be run, or says something else, has no version. */
async function clientVersion(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const args = ['version', '--client', '--output=json'];
    const { stdout } = await promisify(execFile)(path, args, { env, timeout: answerWithinMs });
    return versionSchema.parse(JSON.parse(stdout)).clientVersion.gitVersion;
  } catch {
    return undefined;
  }
}
