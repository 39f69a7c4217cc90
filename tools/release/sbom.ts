import { createHash } from 'node:crypto';
import { z } from 'zod';
import { idOf } from '../bundled-packages.ts';

export interface Released {
  readonly name: string;
  readonly version: string;
  /** The packages whose code is in the bundle, as `name@version`. */
  readonly bundled: ReadonlySet<string>;
  readonly madeAt: Date;
}

const cycloneDxSchema = z.looseObject({
  serialNumber: z.string(),
  metadata: z.looseObject({ timestamp: z.string(), component: z.looseObject({ name: z.string() }) }),
  components: z.array(z.looseObject({ 'bom-ref': z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
const spdxSchema = z.looseObject({
  name: z.string(),
  documentNamespace: z.string(),
  creationInfo: z.looseObject({ created: z.string() }),
  packages: z.array(z.looseObject({ SPDXID: z.string(), name: z.string(), versionInfo: z.string() })),
  relationships: z.array(z.looseObject({ spdxElementId: z.string(), relatedSpdxElement: z.string() })),
});

/**
 * What npm wrote of all that is installed, for what is in the bundle alone, and without what is another in every run:
 * the time, a random id, and the name of the folder.
 */
export function cycloneDx(document: unknown, { name, version, bundled, madeAt }: Released): string {
  const { serialNumber, metadata, components, dependencies, ...rest } = cycloneDxSchema.parse(document);
  const isIn = (ref: string) => bundled.has(ref) || ref === idOf({ name, version });
  const same = {
    ...rest,
    metadata: {
      ...metadata,
      timestamp: madeAt.toISOString(),
      component: { ...metadata.component, name },
    },
    components: components.filter((component) => isIn(component['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => isIn(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isIn) })),
  };
  return format({ serialNumber: `urn:uuid:${uuidOf(same)}`, ...same });
}

/** As `cycloneDx`, in the other format. */
export function spdx(document: unknown, { name, version, bundled, madeAt }: Released): string {
  const parsed = spdxSchema.parse(document);
  const { documentNamespace, creationInfo, packages, relationships, ...rest } = parsed;
  const kept = packages.filter(
    ({ name: part, versionInfo }) =>
      bundled.has(idOf({ name: part, version: versionInfo })) ||
      (part === parsed.name.replace(/@[^@]*$/, '') && versionInfo === version),
  );
  const ids = new Set(['SPDXRef-DOCUMENT', ...kept.map(({ SPDXID }) => SPDXID)]);
  const same = {
    ...rest,
    name: idOf({ name, version }),
    creationInfo: { ...creationInfo, created: madeAt.toISOString() },
    packages: kept,
    relationships: relationships.filter(
      ({ spdxElementId, relatedSpdxElement }) => ids.has(spdxElementId) && ids.has(relatedSpdxElement),
    ),
  };
  return format({ documentNamespace: `https://spdx.org/spdxdocs/${name}-${uuidOf(same)}`, ...same });
}

/** The same for the same content. In the form of version 8 (RFC 9562): its bits are ours to choose. */
function uuidOf(content: object): string {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return groups.join('-');
}

function format(document: object): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
