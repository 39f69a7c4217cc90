import { stringify } from 'yaml';
import { GROUP, PLURAL } from '../../src/listener/schema/resource.ts';
import { customResourceDefinition } from './crd.ts';
import { writeOrCheck } from './generated-file.ts';

const header = '# Generated from src/listener/schema by `npm run generate`. Do not edit.\n';

writeOrCheck(
  new URL(`../../crds/${GROUP}_${PLURAL}.yaml`, import.meta.url),
  header + stringify(customResourceDefinition(), { lineWidth: 110, aliasDuplicateObjects: false }),
);
