/** Texts of messages, as templates of Alertmanager. */

/** `FIRING SliceDown (2)`, which a mail program can sort by. */
export const SUBJECT =
  '{{ .Status | toUpper }} {{ .GroupLabels.alertname }} ({{ if eq .Status "firing" }}{{ .Alerts.Firing | len }}{{ else }}{{ .Alerts.Resolved | len }}{{ end }})';

/** Each alert, its remedy, its page and its time. */
export const MESSAGE = `{{ range .Alerts }}{{ .Status | toUpper }} {{ .Labels.alertname }} ({{ .Labels.severity }})
{{ .Annotations.summary }}
{{ .Annotations.runbook_url }}
since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} UTC{{ if eq .Status "resolved" }}, until {{ .EndsAt.UTC.Format "15:04:05" }} UTC{{ end }}

{{ end }}`;
