import { readFile } from 'node:fs/promises';

/** A fenced block of a page, and the title that it stands under. */
export interface Block {
  readonly heading: string;
  /** Such as `yaml`; empty for commands. */
  readonly language: string;
  readonly text: string;
}

/** The blocks of one section (`## title`) of the README, in order. */
export async function blocksOfSection(title: string): Promise<readonly Block[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  return section.split(/^### /m).flatMap((part) => {
    const heading = part.slice(0, part.indexOf('\n'));
    return [...part.matchAll(/^```(\w*)\n([^`]*)^```$/gm)].map(([, language = '', text = '']) => ({
      heading,
      language,
      text,
    }));
  });
}
