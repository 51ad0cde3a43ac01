{{- define "harbour.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "harbour.image" -}}
{{ .Values.image.registry }}/{{ . }}
{{- end }}
{{- define "harbour.container" -}}
name: {{ .name }}
image: {{ .root.Values.image.registry }}/{{ .name }}:{{ .root.Values.image.tag }}
resources:
  requests: {cpu: 10m, memory: 16Mi}
  limits: {memory: "33554432"}
{{- end }}
