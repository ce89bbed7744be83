import { Unit, Panel } from '../core/monitor';
import type { Role } from '../core/role';
import type { Slice } from '../core/slice';

const UP: Panel = { title: 'up', expr: 'slice:up', unit: Unit.NUMBER };
const USED: Panel = { title: 'of its RAM', expr: 'slice:ram_used:ratio', unit: Unit.RATIO };

/**
 * A page that Prometheus itself fills in (a console template), so that no other program shares its RAM. It has a row for each slice, a
 * table for each role, and the troubles at the top.
 */
export function page(site: string, roles: Role[], runbooks: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="30">
<title>${site}</title>
<style>
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em }
table { border-collapse: collapse; width: 100% }
th, td { text-align: right; padding: .1em .6em; border-bottom: 1px solid #ccc }
th:first-child, td:first-child { text-align: left }
.wrong, .wrong a { color: #b00; font-weight: bold }
</style>
</head>
<body>
<h1>${site}</h1>
{{ range query \`ALERTS{alertstate="firing",alertname!="Watchdog"}\` }}
<p class="wrong"><a href="${runbooks}#{{ .Labels.alertname | toLower }}">{{ .Labels.alertname }}</a> {{ or .Labels.slice .Labels.role }} {{ .Labels.container }} {{ .Labels.function }}</p>
{{ else }}
<p>Nothing is wrong that an <a href="../alerts">alert</a> looks for.</p>
{{ end }}
${roles.map(table).join('\n')}
</body>
</html>
`;
}

function table(role: Role): string {
  const columns = [UP, USED, ...role._panels];
  return `<h2>${role.name}</h2>
<table>
<tr><th>slice</th><th>RAM</th>${columns.map(({ title }) => `<th>${title}</th>`).join('')}</tr>
${role._alike ? rowsOfAlike(role, columns) : role.slices.map((slice) => row(slice, columns)).join('\n')}
</table>`;
}

/** A row for each slice that runs now: Kubernetes names them. */
function rowsOfAlike(role: Role, columns: Panel[]): string {
  const cells = columns.map(({ expr, unit }) => {
    const query = `(printf ${JSON.stringify(`(${expr.replaceAll('%', '%%')}) and on (slice) slice:ram_limit:bytes{slice=%q}`)} $slice)`;
    return `<td>{{ range query ${query} }}{{ . | value | ${FORMATS[unit]} }} {{ else }}-{{ end }}</td>`;
  });
  return `{{ range query \`slice:ram_limit:bytes{role="${role.name}"}\` | sortByLabel "slice" }}{{ $slice := .Labels.slice }}
<tr><td>{{ $slice }}</td><td>${role._ram} MiB</td>${cells.join('')}</tr>
{{ end }}`;
}

function row(slice: Slice, columns: Panel[]): string {
  const cells = columns.map(({ expr, unit }) => {
    const query = `(${expr}) and on (slice) slice:ram_limit:bytes{slice="${slice.name}"}`;
    return `<td>{{ range query \`${query}\` }}{{ . | value | ${FORMATS[unit]} }} {{ else }}-{{ end }}</td>`;
  });
  return `<tr><td>${slice.name}</td><td>${slice.ram.toMebibytes()} MiB</td>${cells.join('')}</tr>`;
}

/** Functions of Prometheus' templates. */
const FORMATS: Record<Unit, string> = {
  [Unit.NUMBER]: 'printf "%.4g"',
  [Unit.PER_SECOND]: 'printf "%.3g/s"',
  [Unit.RATIO]: 'humanizePercentage',
  [Unit.BYTES]: 'humanize1024',
  [Unit.SECONDS]: 'humanizeDuration',
};

/** The same figures over time, for a Grafana that the cluster may have: it is not part of the site. */
export function grafana(site: string, roles: Role[]): string {
  const panels = roles.flatMap((role) =>
    [USED, UP, ...role._panels].map((vital) => ({ role, vital, expr: onRole(vital, role) })),
  );
  return JSON.stringify(
    {
      uid: `cdk8s-slices-${site}`,
      title: site,
      schemaVersion: 39,
      time: { from: 'now-6h', to: 'now' },
      refresh: '30s',
      templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
      panels: panels.map(({ role, vital, expr }, index) => ({
        id: index + 1,
        type: 'timeseries',
        title: `${role.name}: ${vital.title}`,
        datasource: { type: 'prometheus', uid: '${datasource}' },
        gridPos: { h: 7, w: 8, x: (index % 3) * 8, y: Math.floor(index / 3) * 7 },
        fieldConfig: { defaults: { unit: GRAFANA_UNITS[vital.unit], min: 0 }, overrides: [] },
        targets: [{ refId: 'A', expr, legendFormat: '{{slice}}' }],
      })),
    },
    undefined,
    1,
  );
}

function onRole({ expr }: Panel, role: Role): string {
  return `(${expr}) and on (slice) slice:ram_limit:bytes{role="${role.name}"}`;
}

const GRAFANA_UNITS: Record<Unit, string> = {
  [Unit.NUMBER]: 'short',
  [Unit.PER_SECOND]: 'ops',
  [Unit.RATIO]: 'percentunit',
  [Unit.BYTES]: 'bytes',
  [Unit.SECONDS]: 's',
};
