import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUIET_ROWS, TENANT_ROWS } from '../tenants/all.ts';
import { Arena } from '../tenants/arena.ts';
import type { TenantRow } from '../tenants/attack.ts';
import { CLUSTERS } from '../tenants/clusters.ts';
import { RESERVED, RESERVED_SETTINGS } from '../tenants/reserved.ts';

/** A row that gets lost shall be missed. */
const FEWEST_ROWS = 70;

/** Without the floods, which have a file of their own. */
const TRIED_HERE = [...QUIET_ROWS, ...RESERVED, ...CLUSTERS];
const held = new Set<string>();
const named = (rows: readonly TenantRow[]) => rows.map((row) => [row.name, row] as const);

afterAll(() => {
  const lines = TRIED_HERE.map(({ name, reason }) => `${held.has(name) ? '✓' : '–'} ${name}. ${reason}`);
  console.log([...lines, `${held.size} of ${TRIED_HERE.length} attacks came to nothing.`].join('\n'));
});

async function attempt(arena: Arena, row: TenantRow): Promise<void> {
  const attack = await arena.attack(row);
  await row.run(attack);
  await attack.judge();
  held.add(row.name);
}

describe('the table of what a namespace can do to another', () => {
  it(`has ${TENANT_ROWS.length} rows, each of its own`, () => {
    expect(TENANT_ROWS.length).toBeGreaterThanOrEqual(FEWEST_ROWS);
    expect(new Set(TENANT_ROWS.map(({ name }) => name)).size).toBe(TENANT_ROWS.length);
    expect(new Set(TENANT_ROWS.map(({ reason }) => reason)).size).toBe(TENANT_ROWS.length);
  });
});

describe('a namespace does another no harm when it', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.open();
  });
  afterAll(() => arena[Symbol.asyncDispose]());

  it.concurrent.each(named(QUIET_ROWS))('%s', async (_, row) => {
    await expect(attempt(arena, row)).resolves.toBeUndefined();
  });

  it('has left the listeners of strangers byte for byte as they were', async () => {
    expect(await arena.harmedStrangers()).toEqual([]);
  });
});

describe('a namespace does another no harm, under settings that set them apart, when it', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.open({ environment: RESERVED_SETTINGS });
  });
  afterAll(() => arena[Symbol.asyncDispose]());

  it.each(named(RESERVED))('%s', async (_, row) => {
    await expect(attempt(arena, row)).resolves.toBeUndefined();
  });
});

describe('a namespace does the one of the same name in another cluster no harm when it', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await Arena.open({ clusters: 2 });
  });
  afterAll(() => arena[Symbol.asyncDispose]());

  it.each(named(CLUSTERS))('%s', async (_, row) => {
    await expect(attempt(arena, row)).resolves.toBeUndefined();
  });
});
