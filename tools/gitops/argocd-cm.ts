import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { writeOrCheck } from '../crd/generated-file.ts';

const ARGOCD = new URL('../../deploy/argocd/', import.meta.url);
const KIND = 'alb.alibabacloud.com_AlbListener';
const ACTIONS = ['reconcile-now', 'suspend', 'resume'];

function script(path: string): string {
  return readFileSync(
    new URL(`resource_customizations/alb.alibabacloud.com/AlbListener/${path}`, ARGOCD),
    'utf8',
  );
}

const actions = {
  'discovery.lua': script('actions/discovery.lua'),
  definitions: ACTIONS.map((name) => ({ name, 'action.lua': script(`actions/${name}/action.lua`) })),
};

const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'argocd-cm',
    namespace: 'argocd',
    labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' },
  },
  data: {
    [`resource.customizations.health.${KIND}`]: script('health.lua'),
    [`resource.customizations.actions.${KIND}`]: stringify(actions, { lineWidth: 0 }),
  },
};

const head = [
  '# Generated from resource_customizations by npm run generate. Do not edit.',
  '# kubectl patch configmap argocd-cm --namespace argocd --patch-file deploy/argocd/argocd-cm.yaml',
];
writeOrCheck(
  new URL('argocd-cm.yaml', ARGOCD),
  `${head.join('\n')}\n${stringify(configMap, { lineWidth: 0 })}`,
);
