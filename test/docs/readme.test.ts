import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { readSpec } from '../../src/listener/schema/spec.ts';
import { settingsSchema } from '../../src/settings/schema.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const inDocs = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) =>
  name.endsWith('.md'),
);
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...inDocs.map((name) => `docs/${name}`)].map(
  (path) => ({
    path,
    text: read(path),
  }),
);
const scripts = Object.keys(
  z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json'))).scripts,
);

describe.each(PAGES)('$path', ({ path, text }) => {
  it('has links that lead somewhere', () => {
    const dead = linksIn(text).filter((link) => !leadsSomewhere(path, link));
    expect(dead).toEqual([]);
  });

  it('shows AlbListeners that the API server takes', () => {
    const problems = manifestsIn(text).flatMap(({ spec }) => {
      const reading = readSpec(spec);
      return reading.ok ? [] : reading.problems;
    });
    expect(problems).toEqual([]);
  });

  it('names npm scripts that there are', () => {
    const named = [...text.matchAll(/\bnpm (?:run ([a-z:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? '',
    );
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

describe('the threat model', () => {
  it('names files that there are', () => {
    const named = [...read('docs/security.md').matchAll(/`((?:test|deploy|tools)\/[^`]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the pages for users', () => {
  it('open with a manifest, so that the tests above have something to judge', () => {
    expect(manifestsIn(read('README.md'))).toHaveLength(1);
  });

  const known = new Set(Object.keys(settingsSchema.shape));

  it('name no variable that the operator does not read', () => {
    const named = variablesIn(PAGES.map(({ text }) => text).join('\n') + read('deploy/base/settings.env'));
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });

  it('explain every variable that the operator reads in settings.md', () => {
    const explained = new Set(settingsRows().map(({ name }) => name));
    expect(explained).toEqual(known);
  });
});

describe('the defaults in settings.md', () => {
  const required = {
    ALIBABA_CLOUD_REGION_ID: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
  };
  const rows = settingsRows();
  const plain = readConfig(required);

  it('are there for everything that is not required', () => {
    const without = rows.filter(({ value }) => value === 'required').map(({ name }) => name);
    expect(without).toEqual(['ALIBABA_CLOUD_REGION_ID']);
    expect(plain).toMatchObject({ ok: true });
  });

  it.each(rows.filter(({ value }) => value.startsWith('`')))('$name: $value', ({ name, value }) => {
    const config = readConfig({ ...required, [name]: value.replaceAll('`', '') });
    expect(JSON.stringify(config)).toBe(JSON.stringify(plain));
  });
});

/** Rows of the tables in settings.md: the variable, and what stands under default. */
function settingsRows(): { name: string; value: string }[] {
  const rows = read('docs/settings.md').matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm);
  return [...rows].map(([, name = '', value = '']) => ({ name, value: value.trim() }));
}

/** Variables of the operator, by their prefixes; others, such as KUBECONFIG, are not its own. */
function variablesIn(text: string): Set<string> {
  return new Set(text.match(/\b(?:ALB|ALIBABA_CLOUD|LOG)_[A-Z]+(?:_[A-Z]+)*\b/g));
}

function linksIn(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

function leadsSomewhere(page: string, link: string): boolean {
  if (URL.canParse(link)) return link.startsWith('https://');
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : relative(ROOT, join(ROOT, dirname(page), file));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsIn(read(target)).has(anchor);
}

/** As GitHub makes them from headings. */
function anchorsIn(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function manifestsIn(text: string): { spec: unknown }[] {
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = '']) => {
    const block: unknown = parse(yaml);
    return z.looseObject({ kind: z.string(), spec: z.unknown() }).safeParse(block).data;
  });
  return blocks.filter((block) => block?.kind === 'AlbListener').map((block) => ({ spec: block?.spec }));
}
