import { objectRules } from '../../src/listener/schema/immutable.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../src/listener/schema/resource.ts';
import { specSchema } from '../../src/listener/schema/spec.ts';
import { statusSchema } from '../../src/listener/schema/status.ts';
import { toDocumentedSchema } from './documented-schema.ts';
import { toStructuralSchema } from './structural-schema.ts';

/** The whole CustomResourceDefinition, as a value. */
export function customResourceDefinition() {
  const singular = KIND.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular,
        shortNames: ['albl'],
        categories: ['alibabacloud'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          selectableFields: [
            '.spec.loadBalancerId',
            '.spec.listenerProtocol',
            '.spec.listenerPort',
            '.status.phase',
          ].map((jsonPath) => ({ jsonPath })),
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

const READY = '.status.conditions[?(@.type=="Ready")]';

/**
 * Those without a priority fit into 80 columns for names of 20 characters, whatever their values.
 *
 * The others are shown by `-o wide`.
 */
const printerColumns = [
  { name: 'Port', type: 'integer', jsonPath: '.spec.listenerPort' },
  { name: 'Protocol', type: 'string', jsonPath: '.spec.listenerProtocol' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Reason', type: 'string', jsonPath: `${READY}.reason` },
  { name: 'Ready', type: 'string', jsonPath: `${READY}.status`, priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', priority: 1 },
  // Of the spec or the status, which agree where both have it: a load balancer that a ConfigMap names is only in the
  // status, from the beginning of the creation on.
  { name: 'Load-Balancer', type: 'string', jsonPath: '.*.loadBalancerId', priority: 1 },
  { name: 'Listener-Id', type: 'string', jsonPath: '.status.listenerId', priority: 1 },
  { name: 'Region', type: 'string', jsonPath: '.*.regionId', priority: 1 },
  { name: 'Account', type: 'string', jsonPath: '.status.accountId', priority: 1 },
  { name: 'Last-Write', type: 'date', jsonPath: '.status.history.writes[0].at', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: `${READY}.message`, priority: 1 },
];

function rootSchema() {
  return {
    description:
      'One listener of an Application Load Balancer (ALB) of Alibaba Cloud: created once, kept as declared, deleted with the object.',
    type: 'object',
    'x-kubernetes-validations': objectRules,
    required: ['spec'],
    properties: {
      apiVersion: { description: `Always ${GROUP}/${VERSION}.`, type: 'string' },
      kind: { description: `Always ${KIND}.`, type: 'string' },
      metadata: { type: 'object' },
      spec: toStructuralSchema(toDocumentedSchema(specSchema), 'spec'),
      status: {
        ...toStructuralSchema(toDocumentedSchema(statusSchema), 'status'),
        // Defaults inside an absent object do nothing, so a fresh object gets the object itself.
        default: { observedGeneration: -1 },
      },
    },
  };
}
