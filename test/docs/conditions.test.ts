import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OTHER_EVENTS, REASONS } from '../../src/listener/reason.ts';

const page = readFileSync(new URL('../../docs/conditions.md', import.meta.url), 'utf8');

/** The first cells of the tables of the page. */
const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);

describe('docs/conditions.md', () => {
  it('has a row for every reason and every other event, and none for anything else', () => {
    expect(rows.toSorted()).toEqual([...Object.keys(REASONS), ...Object.keys(OTHER_EVENTS)].toSorted());
  });

  it.each(Object.entries(REASONS))('says what %s means, and what to do', (reason, { meaning, remedy }) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${reason}\` |`)) ?? '';
    expect(row).toContain(meaning);
    expect(row).toContain(remedy);
  });
});
