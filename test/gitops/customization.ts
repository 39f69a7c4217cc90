import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { runLua } from '../../tools/lua/lua.ts';

/** What Argo CD is told about AlbListeners, in the layout of its own repository. */
export const CUSTOMIZATION = join(
  import.meta.dirname,
  '../../deploy/argocd/resource_customizations/alb.alibabacloud.com/AlbListener',
);

const healthSchema = z.strictObject({
  status: z.enum(['Healthy', 'Progressing', 'Degraded', 'Suspended']),
  message: z.string().min(1),
});
export type Health = z.infer<typeof healthSchema>;

export function readScript(path: string): string {
  return readFileSync(join(CUSTOMIZATION, path), 'utf8');
}

export function readYaml(path: string): unknown {
  return parse(readScript(path));
}

/** The names of the fixtures, without the ending. */
export function fixtureNames(): readonly string[] {
  const files = readdirSync(join(CUSTOMIZATION, 'testdata')).sort();
  return files.map((file) => basename(file, '.yaml'));
}

export function readFixture(name: string): unknown {
  return readYaml(`testdata/${name}.yaml`);
}

/** What Argo CD shows for each of the objects. */
export async function healthOf(lua: string, objects: readonly unknown[]): Promise<readonly Health[]> {
  const script = readScript('health.lua');
  const results = await runLua(
    lua,
    objects.map((object) => ({ script, object })),
  );
  return z.array(healthSchema).parse(results);
}
