import { Unit, Panel } from '../core/monitor';
import type { Role } from '../core/role';

/** Whether a slice is up. */
export const UP: Panel = { title: 'up', expr: 'slice:up', unit: Unit.NUMBER };
/** The CPU that a slice takes, in cores. */
export const CPU: Panel = {
  title: 'CPU (cores)',
  expr: 'sum by (slice) (rate(pod_cpu_usage_seconds_total[1m]))',
  unit: Unit.NUMBER,
};
/** The RAM of a slice. */
export const USED: Panel = { title: 'of its RAM', expr: 'slice:ram_used:ratio', unit: Unit.RATIO };

/** The same figures over time, for a Grafana that the cluster may have: it is not part of the site. */
export function grafana(site: string, roles: Role[]): string {
  const panels = roles.flatMap((role) =>
    [USED, UP, CPU, ...role._panels].map((vital) => ({ role, vital, expr: onRole(vital, role) })),
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
