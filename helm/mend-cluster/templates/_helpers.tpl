{{- define "mend.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select; the argument is a list: root, component. */}}
{{- define "mend.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "mend.labels" -}}
{{- $root := index . 0 -}}
{{ include "mend.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mend-cluster
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "mend.image" -}}
{{- $image := index . 1 -}}
{{ $image.repository }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end -}}

{{/*
What silos must have in common to serve together (docs/cluster.md). It is in the name of their StatefulSet, so that a change of it stops all silos
and starts others, and silos of the old plan and the new never wait for each other; any other change restarts them one at a time.
*/}}
{{- define "mend.plan" -}}
{{- $common := dict "wire" (index .Chart.Annotations "mend.cluster/wire-release") "shards" .Values.shards "model" .Values.model "compute" .Values.silo.compute "message" (index .Values.silo.settings "Model:MessageLimit") -}}
{{- if and (eq .Values.model.source.type "copy") (not .Values.model.source.copy.image) -}}
{{- $_ := set $common "copied" (include "mend.image" (list . .Values.images.mend)) -}}
{{- end -}}
{{ .Values.shards }}-{{ $common | toJson | sha256sum | trunc 6 }}
{{- end -}}

{{- define "mend.tls" -}}
{{- if or .Values.tls.certManager.enabled .Values.tls.siloSecret -}}true{{- end -}}
{{- end -}}

{{- define "mend.siloSecret" -}}
{{- if .Values.tls.certManager.enabled -}}{{ include "mend.name" . }}-silo-tls{{- else -}}{{ .Values.tls.siloSecret }}{{- end -}}
{{- end -}}

{{- define "mend.gatewaySecret" -}}
{{- if .Values.tls.certManager.enabled -}}{{ include "mend.name" . }}-gateway-tls{{- else -}}{{ .Values.tls.gatewaySecret }}{{- end -}}
{{- end -}}

{{/* The database; its password comes by PGPASSWORD. */}}
{{- define "mend.database" -}}
{{- $p := .Values.postgresql -}}
postgresql://{{ $p.user }}@{{ $p.host }}:{{ $p.port }}/{{ $p.database }}?{{ with $p.parameters }}{{ . }}&{{ end }}ledger={{ .Values.model.name }}
{{- end -}}

{{- define "mend.password" -}}
- name: PGPASSWORD
  valueFrom: {secretKeyRef: {name: {{ .Values.postgresql.existingSecret }}, key: {{ .Values.postgresql.passwordKey }}}}
{{- end -}}

{{- define "mend.otlp" -}}
{{- with .Values.telemetry.otlp }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end -}}
{{- end -}}

{{/* How `mend` finds the cluster. */}}
{{- define "mend.clusterArguments" -}}
- --cluster
- {{ include "mend.database" . | quote }}
- --cluster-id
- {{ include "mend.name" . }}
- --model
- {{ .Values.model.name | quote }}
{{- if include "mend.tls" . }}
- --tls-certificate=/tls/tls.crt
- --tls-key=/tls/tls.key
- --tls-authority=/tls/ca.crt
{{- end }}
{{- end -}}

{{- define "mend.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "mend.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What goes together; the schema looks at values by themselves. */}}
{{- define "mend.check" -}}
{{- if not .Values.postgresql.host }}{{ fail "postgresql.host is empty; the host of the PostgreSQL database is wanted in which silos meet and versions are kept." }}{{ end }}
{{- if not .Values.postgresql.existingSecret }}{{ fail "postgresql.existingSecret is empty; the name of a secret with the database user's password is wanted." }}{{ end }}
{{- $certificates := or .Values.tls.certManager.enabled .Values.tls.siloSecret .Values.tls.gatewaySecret }}
{{- if and (not $certificates) (not .Values.tls.plainText) }}{{ fail "Silos would speak plain text, and whoever reaches them could edit the model; give tls.siloSecret and tls.gatewaySecret or set tls.certManager.enabled, or set tls.plainText=true where the network keeps strangers out." }}{{ end }}
{{- if and $certificates .Values.tls.plainText }}{{ fail "tls.plainText=true does not go with certificates; take one of them away." }}{{ end }}
{{- if and $certificates (not .Values.tls.certManager.enabled) (not (and .Values.tls.siloSecret .Values.tls.gatewaySecret)) }}{{ fail "tls.siloSecret and tls.gatewaySecret are wanted together; silos and gateways have certificates of their own." }}{{ end }}
{{- if and .Values.tls.certManager.enabled (not .Values.tls.certManager.issuer.name) }}{{ fail "tls.certManager.issuer.name is empty; the name of an issuer is wanted." }}{{ end }}
{{- if not (or .Values.gateway.keysSecret .Values.gateway.jwt.authority .Values.gateway.allowAnonymous) }}{{ fail "Nobody would be asked for a key, and whoever reaches the gateway could edit the model; give gateway.keysSecret or gateway.jwt, or set gateway.allowAnonymous=true." }}{{ end }}
{{- if ne (not .Values.gateway.jwt.authority) (not .Values.gateway.jwt.audience) }}{{ fail "gateway.jwt.authority and gateway.jwt.audience are wanted together." }}{{ end }}
{{- if and (eq .Values.model.source.type "claim") (not .Values.model.source.claim.name) }}{{ fail "model.source.claim.name is empty; the name of an existing claim is wanted." }}{{ end }}
{{- if and (eq .Values.model.source.type "image") (not .Values.model.source.image.reference) }}{{ fail "model.source.image.reference is empty; the reference of an image is wanted." }}{{ end }}
{{- if and .Values.gateway.ingress.enabled (not .Values.gateway.ingress.host) }}{{ fail "gateway.ingress.host is empty; a host name is wanted." }}{{ end }}
{{- if and .Values.gateway.route.enabled (not .Values.gateway.route.parentRefs) }}{{ fail "gateway.route.parentRefs is empty; the Gateways that the route is for are wanted." }}{{ end }}
{{- if gt (int .Values.gateway.autoscaling.minReplicas) (int .Values.gateway.autoscaling.maxReplicas) }}{{ fail "gateway.autoscaling.minReplicas is more than maxReplicas." }}{{ end }}
{{- if and (hasPrefix "cuda" .Values.silo.engine) (not .Values.silo.gpu.count) }}{{ fail "silo.engine is on a GPU and silo.gpu.count is 0; at least 1 is wanted." }}{{ end }}
{{- end -}}
