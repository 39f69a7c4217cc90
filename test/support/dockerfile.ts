import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const argsSchema = z.array(z.string());

/** What the Dockerfile uses of its language. `from` of a COPY is an earlier stage; without it, the build context. */
export type Step =
  | { readonly do: 'workdir'; readonly path: string }
  | { readonly do: 'run'; readonly command: string }
  | {
      readonly do: 'copy';
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly to: string;
    }
  | { readonly do: 'env'; readonly name: string; readonly value: string }
  | { readonly do: 'cmd'; readonly args: readonly string[] };

export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly steps: readonly Step[];
}

/** How the image runs: what follows the path of Node, and the variables that are there whoever starts it. */
export interface Command {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Throws at an instruction or an option that it does not know. */
export async function readDockerfile(path: string): Promise<readonly Stage[]> {
  const text = await readFile(path, 'utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const stages: { image: string; name: string | undefined; steps: Step[] }[] = [];
  for (const line of lines) {
    const from = /^FROM (\S+)(?: AS (\S+))?$/.exec(line);
    if (from !== null) stages.push({ image: from[1] ?? '', name: from[2], steps: [] });
    else stages.at(-1)?.steps.push(readStep(line));
  }
  return stages;
}

export function commandOf(stages: readonly Stage[]): Command {
  const steps = stages.at(-1)?.steps ?? [];
  return {
    args: steps.flatMap((step) => (step.do === 'cmd' ? step.args : [])),
    environment: Object.fromEntries(
      steps.flatMap((step) => (step.do === 'env' ? [[step.name, step.value]] : [])),
    ),
  };
}

function readStep(line: string): Step {
  const [, instruction = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
  if (instruction === 'WORKDIR') return { do: 'workdir', path: rest };
  if (instruction === 'RUN') return { do: 'run', command: rest };
  if (instruction === 'CMD') return { do: 'cmd', args: argsSchema.parse(JSON.parse(rest)) };
  const [, name, value] = /^(\w+)=([\w.-]+)$/.exec(rest) ?? [];
  if (instruction === 'ENV' && name !== undefined && value !== undefined) return { do: 'env', name, value };
  const copy = /^(?:--from=(?<from>\S+) )?(?<paths>[^-].*)$/.exec(rest)?.groups;
  if (instruction === 'COPY' && copy !== undefined) {
    const paths = (copy['paths'] ?? '').split(' ');
    return { do: 'copy', from: copy['from'], sources: paths.slice(0, -1), to: paths.at(-1) ?? '' };
  }
  throw new Error(`Dockerfile: "${line}" is not understood.`);
}

/** Whether a path of the build context is kept from the build by .dockerignore: the last line that fits it decides. */
export function readDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ ignores: !line.startsWith('!'), pattern: line.replace(/^!/, '') }));
  return (path) => {
    const fitting = rules.findLast(({ pattern }) => pattern === '*' || `${path}/`.startsWith(`${pattern}/`));
    return fitting?.ignores ?? false;
  };
}
