import { AGENT_PORT } from '../../contract/agent-api';
import { Panel, Unit } from '../core/monitor';
import type { Role } from '../core/role';
import type { Slice } from '../core/slice';
import { CPU, UP, USED } from './dashboards';
import { PAGE_PROGRAM, PAGE_STYLE } from './page-bundle';

/**
 * A page that Prometheus itself serves (a console template), so that no other program shares its RAM: what is wrong, the slices that are up,
 * who is active, and graphs of each role, which the browser draws. Prometheus fills in the tables of the present, also for a browser
 * without scripts.
 */
export function page(site: string, roles: Role[], runbooks: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<noscript><meta http-equiv="refresh" content="30"></noscript>
<title>${site}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><h1>${site}</h1><span id="age"></span></header>
<div id="state">
{{ range query \`ALERTS{alertstate="firing",alertname!="Watchdog"}\` }}
<p class="wrong"><a href="${runbooks}#{{ .Labels.alertname | toLower }}">{{ .Labels.alertname }}</a> {{ or .Labels.slice .Labels.role }} {{ .Labels.container }} {{ .Labels.function }}</p>
{{ else }}
<p>Nothing is wrong that an <a href="../alerts">alert</a> looks for.</p>
{{ end }}
</div>
<div id="roles" class="roles"></div>
<nav id="spans" aria-label="Time span of the graphs"></nav>
<section id="pairs"></section>
${roles.map(section).join('\n')}
<script type="application/json" id="site">${siteOf(site, roles)}</script>
<script>${PAGE_PROGRAM}</script>
</body>
</html>
`;
}

/** The site, for the page's program. */
function siteOf(name: string, roles: Role[]): string {
  const known = roles.map((role) => ({
    name: role.name,
    always: role._always,
    pair: role._scrapes.some(({ port }) => port === AGENT_PORT),
    slices: role._alike ? [] : role.slices.map((slice) => slice.name),
    panels: [{ ...USED, title: 'RAM', limit: 1 }, CPU, ...role._panels.filter(({ drawn = true }) => drawn)],
  }));
  return JSON.stringify({ name, roles: known }).replaceAll('<', String.raw`\u003c`);
}

function section(role: Role): string {
  return `<section id="${role.name}">
<h2>${role.name}</h2>
<div class="graphs"></div>
<details><summary>${role.name} now, in numbers</summary>
${table(role)}
</details>
</section>`;
}

/** Rows with a text of their own: a ConfigMap has 256 KiB, and 99 cache slices took 190 of them. */
const MOST_ROWS = 20;

function table(role: Role): string {
  const columns = [UP, USED, CPU, ...role._panels];
  return `<table>
<tr><th>slice</th><th>RAM</th>${columns.map(({ title }) => `<th>${title}</th>`).join('')}</tr>
${role._alike || role.slices.length > MOST_ROWS ? rowsOfAlike(role, columns) : role.slices.map((slice) => row(slice, columns)).join('\n')}
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
