import { type DescribedSetting, describedSettings } from './described.ts';

const WIDTH = 80;
const INDENT = '      ';

/** What `--help` prints. */
export function helpText(): string {
  const groups = [...Map.groupBy(describedSettings, ({ group }) => group)];
  const settings = groups.map(([group, members]) => `${group}:\n${members.map(entryOf).join('\n')}`);
  return `Runs Alibaba Cloud ALB listeners as the AlbListener objects of a Kubernetes
cluster declare them.

Usage: alb-listener-operator [--flag=value …]

Every flag is an environment variable as well; the flag wins. Durations are
written like 500ms, 30s, 10m or 1h.

${settings.join('\n\n')}

Other:
  --help
${INDENT}Prints this.
  --version
${INDENT}Prints the version.
`;
}

function entryOf({ flag, variable, value, standard, required, meaning }: DescribedSetting): string {
  const head = flag === undefined ? variable : `${flag}=${value} (${variable})`;
  const origin = required ? 'Required.' : standard === undefined ? '' : `Default: ${standard}.`;
  return `  ${head}\n${wrapped(`${plain(meaning)} ${origin}`.trim())}`;
}

/** Markdown as plain text. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('`', '')
    .replace('; see below', '; see docs/settings.md');
}

function wrapped(text: string): string {
  const lines = [INDENT];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? INDENT;
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) lines.push(`${INDENT}${word}`);
    else lines[lines.length - 1] = line === INDENT ? `${INDENT}${word}` : `${line} ${word}`;
  }
  return lines.join('\n');
}
