import type { Access, Snapshot } from '../happening.ts';
import { quoted } from '../shell-word.ts';
import { type Line, span } from './line.ts';
import { widthOf } from './text.ts';

/** Of the next commands. */
const ALWAYS_SHOWN = 3;

interface Hint {
  readonly command: string;
  /** What comes of it; left out where the line is too short. */
  readonly note: string;
}

/** The lines to copy into another terminal. A kubectl on PATH is named, and needs no alias. */
function connectCommands({ kubeconfigPath, kubectl }: Access): readonly string[] {
  const kubeconfig = `export KUBECONFIG=${quoted(kubeconfigPath)}`;
  if (kubectl.isOnPath) return [kubeconfig, `# kubectl is ${kubectl.path}`];
  return [kubeconfig, `alias kubectl=${quoted(kubectl.path)}`];
}

/** What to try next, the best first. A deletion in the console needs a listener in the cloud. */
function nextCommands({ console }: Access, snapshot: Snapshot | undefined): readonly Hint[] {
  const inCloud = snapshot?.cloud[0];
  const deletion = {
    command: `curl -X DELETE ${console}/listeners/${inCloud?.id}`,
    note: 'as in the console: the operator creates it again',
  };
  return [
    { command: 'kubectl get alblisteners --watch', note: 'every change, as it happens' },
    { command: 'kubectl edit alblistener shop-http', note: 'try idleTimeout: 30, or a port of 81' },
    ...(inCloud === undefined ? [] : [deletion]),
    { command: 'kubectl describe alblistener shop-http', note: 'conditions, values in effect, events' },
    { command: 'kubectl explain alblistener.spec', note: 'every field' },
  ];
}

/** The lines that are always in sight, and those for a terminal with room. */
export interface AccessLines {
  readonly first: readonly Line[];
  readonly more: readonly Line[];
}

/** The KUBECONFIG, the kubectl and the next commands. Never cut: a long command goes on below. */
export function accessLines(access: Access, snapshot: Snapshot | undefined, columns: number): AccessLines {
  const next = nextCommands(access, snapshot).map((hint) => hintLines(hint, columns));
  return {
    first: [
      [span('In another terminal', 'title'), span('  (Ctrl-C in this one ends everything)', 'faint')],
      ...connectCommands(access).flatMap((command) => commandLines(command, columns)),
      ...next.slice(0, ALWAYS_SHOWN).flat(),
    ],
    more: next.slice(ALWAYS_SHOWN).flat(),
  };
}

function hintLines({ command, note }: Hint, columns: number): readonly Line[] {
  const comment = `  # ${note}`;
  if (widthOf(command) + widthOf(comment) > columns) return commandLines(command, columns);
  return [[span(command, 'strong'), span(comment, 'faint')]];
}

/** A command over several lines, as the shell takes it: a backslash at the end joins the next one. */
function commandLines(command: string, columns: number): readonly Line[] {
  const room = Math.max(1, columns - 1);
  if (widthOf(command) <= columns) return [[span(command, 'strong')]];
  return [[span(`${command.slice(0, room)}\\`, 'strong')], ...commandLines(command.slice(room), columns)];
}
