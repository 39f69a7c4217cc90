import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TENANT_ROWS } from '../tenants/all.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

/** The rows of the tables that say what holds each attack, below the comment that announces them. */
const rows = page
  .slice(page.indexOf('<!-- Every row of test/tenants'), page.indexOf('## What it does not protect against'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| a namespace |'))
  .map((line) => {
    const [, attack = '', heldBy = ''] = line.split('|').map((cell) => cell.trim());
    return { attack, heldBy };
  });

describe('the threat model', () => {
  it('says of every attack that is tried what holds it, and of no other', () => {
    const listed = rows.map(({ attack }) => attack).toSorted();
    expect(listed).toEqual(TENANT_ROWS.map(({ name }) => name).toSorted());
  });

  it('names files that there are as what holds an attack', () => {
    const astray = rows.filter(({ heldBy }) => {
      const paths = [...heldBy.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
      return paths.length === 0 || paths.some((path) => !existsSync(join(ROOT, path)));
    });
    expect(astray).toEqual([]);
  });
});
