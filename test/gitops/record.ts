import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { CUSTOMIZATION, fixtureNames, healthOf, readFixture } from './customization.ts';
import type { SeenState } from './seen-states.ts';

const objectSchema = z.looseObject({
  metadata: z.looseObject({
    annotations: z.record(z.string(), z.string()).default({}),
    managedFields: z.unknown(),
    resourceVersion: z.string(),
  }),
});

/** Makes fixtures of states that have none yet, and writes down what the script says about all of them. */
export async function recordStates(lua: string, seen: readonly SeenState[]): Promise<void> {
  for (const { state, object } of seen) {
    const file = join(CUSTOMIZATION, 'testdata', `${state}.yaml`);
    if (!existsSync(file)) writeFileSync(file, stringify(normalised(object), { lineWidth: 120 }));
  }
  const names = fixtureNames();
  const healths = await healthOf(lua, names.map(readFixture));
  const tests = names.map((name, index) => ({
    healthStatus: healths[index],
    inputPath: `testdata/${name}.yaml`,
  }));
  writeFileSync(join(CUSTOMIZATION, 'health_test.yaml'), stringify({ tests }, { lineWidth: 0 }));
}

/** What differs from run to run is the same in every fixture. */
function normalised(object: object): unknown {
  const text = stringify(object)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '00000000-0000-4000-8000-000000000001')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '2026-01-01T00:00:00Z')
    .replaceAll(/lsn-[0-9a-z]+/g, 'lsn-example')
    .replaceAll(/\bscene\d+/g, 'example');
  const { metadata, ...rest } = objectSchema.parse(parse(text));
  const { managedFields, annotations, resourceVersion, ...kept } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': applied, ...others } = annotations;
  return {
    ...rest,
    metadata: {
      ...kept,
      ...(Object.keys(others).length > 0 && { annotations: others }),
      resourceVersion: '1',
    },
  };
}
