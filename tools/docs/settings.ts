import { readFileSync } from 'node:fs';
import { type DescribedSetting, describedSettings } from '../../src/settings/described.ts';
import { writeOrCheck } from '../crd/generated-file.ts';

const PAGE = new URL('../../docs/settings.md', import.meta.url);

/** A table between its two marks; the rest of the page is written by hand. */
const TABLE = /(<!-- (\w+): generated[^\n]*-->\n).*?(<!-- end -->)/gs;

const groups = Map.groupBy(describedSettings, ({ group }) => group);
const page = readFileSync(PAGE, 'utf8');
const marked = new Set([...page.matchAll(TABLE)].map(([, , group]) => group));
for (const group of groups.keys()) {
  if (!marked.has(group)) throw new Error(`docs/settings.md has no marks for the table of ${group}.`);
}
writeOrCheck(
  PAGE,
  page.replaceAll(TABLE, (_all, begin: string, name: string, end: string) => {
    const members = [...groups].find(([group]) => group === name)?.[1] ?? [];
    return `${begin}\n${tableOf(members)}\n\n${end}`;
  }),
);

function tableOf(settings: readonly DescribedSetting[]): string {
  const rows = settings.map(({ variable, flag, standard, required, meaning }) => [
    `\`${variable}\``,
    required ? 'required' : standard === undefined ? 'none' : `\`${standard}\``,
    flag === undefined ? '–' : `\`${flag}\``,
    meaning,
  ]);
  return [['variable', 'default', 'flag', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
