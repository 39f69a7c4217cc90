import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matching } from '../support/matchers.ts';

const run = promisify(execFile);
const BUILD = fileURLToPath(new URL('../../tools/build.ts', import.meta.url));

describe('npm run build', () => {
  let directory: string;
  let printed: string;
  beforeAll(async () => {
    // Outside the repository, so that nothing the file needs can be found in node_modules.
    directory = await mkdtemp(join(tmpdir(), 'alb-build-'));
    printed = (await run(process.execPath, [BUILD, '--outdir', directory])).stdout;
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('makes one program and its source map, and says how large they are', async () => {
    expect((await readdir(directory)).toSorted()).toEqual(['main.mjs', 'main.mjs.map']);
    expect(printed).toMatch(/main\.mjs \(\d+ KiB\)/);
  });

  it('makes a program in ASCII, which Node keeps in half the memory', async () => {
    const program = await readFile(join(directory, 'main.mjs'), 'utf8');
    expect(program.split('\n').filter((line) => /[^\p{ASCII}]/u.test(line))).toEqual([]);
  });

  it('makes a program that starts alone, and without settings ends with code 2 and what to set', async () => {
    const program = run(process.execPath, ['--enable-source-maps', join(directory, 'main.mjs')], {
      env: {},
      cwd: directory,
    });
    await expect(program).rejects.toMatchObject({
      code: 2,
      stderr: matching(/ALIBABA_CLOUD_REGION_ID: .*\n.*ALIBABA_CLOUD_ACCESS_KEY_ID/),
    });
  });
});
