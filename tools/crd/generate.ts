import { stringify } from 'yaml';
import { GROUP, PLURAL } from '../../src/listener/schema/resource.ts';
import { customResourceDefinition } from './crd.ts';
import { writeOrCheck } from './generated-file.ts';

const header = '# Generated from src/listener/schema by `npm run generate`. Do not edit.\n';

const definition = customResourceDefinition();
writeOrCheck(new URL(`../../crds/${GROUP}_${PLURAL}.yaml`, import.meta.url), header + toYaml(definition));

// As a template and not in the chart's crds/, since Helm never upgrades what is there. It stays when the release goes.
const kept = { ...definition.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } };
writeOrCheck(
  new URL('../../deploy/chart/templates/crd.yaml', import.meta.url),
  `{{- if .Values.crds.install }}\n${header}${literal(toYaml({ ...definition, metadata: kept }))}{{- end }}\n`,
);

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 110, aliasDuplicateObjects: false });
}

/** Text that Helm shall leave as it is. */
function literal(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}
