import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CredentialsDirectory } from '../../../src/alb/credentials/directory.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credentials-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const clock = { now: () => Date.now() };

/** As the kubelet does it: a new folder, and one rename of the link to it. */
async function mountSecret(version: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, version));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, version, name), text);
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

async function keyOf(directory: CredentialsDirectory): Promise<readonly (string | undefined)[]> {
  const reading = await directory.current();
  if (!reading.ok) return [reading.problem.code, reading.problem.message];
  const { credentials } = reading;
  return [credentials.accessKeyId(), credentials.accessKeySecret(), credentials.securityToken()];
}

describe('a mounted Secret', () => {
  it('is read again when the kubelet swaps it, whole', async () => {
    await mountSecret('..1', {
      accessKeyId: 'one\n',
      accessKeySecret: 'secret-one',
      securityToken: 'token-one',
    });
    const directory = new CredentialsDirectory(folder, clock);
    expect(await keyOf(directory)).toEqual(['one', 'secret-one', 'token-one']);
    await mountSecret('..2', { accessKeyId: 'two', accessKeySecret: 'secret-two' });
    expect(await keyOf(directory)).toEqual(['two', 'secret-two', undefined]);
  });

  it('that became unreadable leaves the last good key in place', async () => {
    await mountSecret('..1', { accessKeyId: 'one', accessKeySecret: 'secret-one' });
    const directory = new CredentialsDirectory(folder, clock);
    await directory.current();
    await mountSecret('..2', { accessKeyId: 'two' });
    expect(await keyOf(directory)).toEqual(['one', 'secret-one', undefined]);
  });

  it('in a plain folder counts once its files rest', async () => {
    const write = (name: string, text: string) => writeFile(join(folder, name), text);
    await write('accessKeyId', 'one');
    await write('accessKeySecret', 'secret-one');
    const directory = new CredentialsDirectory(folder, clock);
    expect(await keyOf(directory)).toEqual(['one', 'secret-one', undefined]);
    await write('accessKeyId', 'another');
    const soon = new Date(Date.now() + 3_600_000);
    await utimes(join(folder, 'accessKeyId'), soon, soon);
    expect(await keyOf(directory)).toEqual(['one', 'secret-one', undefined]);
    await write('accessKeySecret', 'secret-another');
    const past = new Date(Date.now() - 60_000);
    for (const name of ['accessKeyId', 'accessKeySecret']) await utimes(join(folder, name), past, past);
    expect(await keyOf(directory)).toEqual(['another', 'secret-another', undefined]);
  });

  it('that is empty says which file to put where', async () => {
    const [code, message] = await keyOf(new CredentialsDirectory(folder, clock));
    expect(code).toBe('CredentialsUnreadable');
    expect(message).toContain(`${folder} (ALB_CREDENTIALS_DIR): the file accessKeyId is missing`);
  });
});
