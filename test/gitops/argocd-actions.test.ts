import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { RECONCILE_REQUEST } from '../../src/listener/resource.ts';
import { findLua, runLua } from '../../tools/lua/lua.ts';
import { readScript, readYaml } from './customization.ts';

const discoverySchema = z.object({
  inputPath: z.string(),
  result: z.array(z.strictObject({ name: z.string(), disabled: z.boolean() })),
});
const actionSchema = z.object({ action: z.string(), inputPath: z.string(), expectedOutputPath: z.string() });
const { discoveryTests, actionTests } = z
  .object({ discoveryTests: z.array(discoverySchema), actionTests: z.array(actionSchema) })
  .parse(readYaml('actions/action_test.yaml'));

const annotatedSchema = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }),
});

const read = (path: string) => readYaml(join('actions', path));

let lua: string;
beforeAll(async () => {
  lua = await findLua();
});

describe('the actions of Argo CD', () => {
  it.each(discoveryTests)('are offered as they make sense for $inputPath', async ({ inputPath, result }) => {
    const run = { script: readScript('actions/discovery.lua'), object: read(inputPath) };
    const expected = Object.fromEntries(result.map(({ name, disabled }) => [name, { disabled }]));
    expect(await runLua(lua, [run])).toEqual([expected]);
  });

  it('are all tested', () => {
    const offered = discoveryTests.flatMap(({ result }) => result.map(({ name }) => name));
    expect(new Set(actionTests.map(({ action }) => action))).toEqual(new Set(offered));
  });

  it.each(actionTests)('$action makes of $inputPath what it shall', async (row) => {
    const run = { script: readScript(`actions/${row.action}/action.lua`), object: read(row.inputPath) };
    const [result] = await runLua(lua, [run]);
    expect(withoutTime(result)).toEqual(withoutTime(read(row.expectedOutputPath)));
  });

  it('reconcile-now asks with the time', async () => {
    const run = { script: readScript('actions/reconcile-now/action.lua'), object: { metadata: {} } };
    const [result] = await runLua(lua, [run]);
    const asked = annotatedSchema.parse(result).metadata.annotations[RECONCILE_REQUEST] ?? '';
    expect(Math.abs(Date.parse(asked) - Date.now())).toBeLessThan(60_000);
  });
});

describe('argocd-cm', () => {
  it('holds the very scripts that are tested here', () => {
    const { data } = z
      .object({ data: z.record(z.string(), z.string()) })
      .parse(readYaml(join('../../..', 'argocd-cm.yaml')));
    const kind = 'alb.alibabacloud.com_AlbListener';
    expect(data[`resource.customizations.health.${kind}`]).toBe(readScript('health.lua'));
    expect(parse(data[`resource.customizations.actions.${kind}`] ?? '')).toEqual({
      'discovery.lua': readScript('actions/discovery.lua'),
      definitions: actionTests.map(({ action }) => ({
        name: action,
        'action.lua': readScript(`actions/${action}/action.lua`),
      })),
    });
  });
});

/** The time of a request is another one in every run. */
function withoutTime(object: unknown): unknown {
  const { metadata, ...rest } = annotatedSchema.parse(object);
  const { [RECONCILE_REQUEST]: time, ...others } = metadata.annotations;
  return { ...rest, metadata: { ...metadata, annotations: { ...others, requested: time !== undefined } } };
}
