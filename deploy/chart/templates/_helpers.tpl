{{- /* Of all objects; the name of the release when that says already what this is. */ -}}
{{- define "operator.name" -}}
{{- if contains "alb-listener-operator" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-alb-listener-operator" (.Release.Name | trunc 18 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "operator.selector" -}}
app.kubernetes.io/name: {{ include "operator.name" . }}
{{- end -}}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* What ends a binding to a role of the operator's own name. */ -}}
{{- define "operator.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "operator.name" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}

{{- /* As ../overlays/cluster-wide/rbac.yaml and ../watched-namespace/rbac.yaml. */ -}}
{{- define "operator.rules" -}}
- apiGroups: [alb.alibabacloud.com]
  resources: [alblisteners]
  # patch: its finalizer. The specs stay as their users wrote them.
  verbs: [get, list, watch, patch]
- apiGroups: [alb.alibabacloud.com]
  resources: [alblisteners/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# For ids that manifests take from ConfigMaps; never used without such a reference.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list, watch]
# To see whether somebody deleted an AlbListener or everything around it. Without this and the CRD the guard is off.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- end -}}

{{- define "operator.settings" -}}
ALIBABA_CLOUD_REGION_ID: {{ required "regionId: set the region of the load balancers, for example cn-hangzhou" .Values.regionId | quote }}
{{- with .Values.watchNamespaces }}
WATCH_NAMESPACES: {{ join "," . | quote }}
{{- end }}
{{- if eq .Values.credentials.source "rrsa" }}
ALIBABA_CLOUD_ROLE_ARN: {{ required "credentials.roleArn: set the ARN of the RAM role" .Values.credentials.roleArn | quote }}
ALIBABA_CLOUD_OIDC_PROVIDER_ARN: {{ required "credentials.oidcProviderArn: set the ARN of the identity provider of the cluster" .Values.credentials.oidcProviderArn | quote }}
{{- end }}
{{- range $variable, $value := .Values.settings }}
{{ $variable }}: {{ $value | quote }}
{{- end }}
{{- end -}}
