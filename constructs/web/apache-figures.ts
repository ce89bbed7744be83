import { Unit } from '../core/monitor';
import type { Role } from '../core/role';

/** The port of `mod_status`: the same as of Prometheus' own exporter of Apache. */
export const STATUS_PORT = 9117;

/** The number of busy workers, of the slices that there always are. */
export function watchApache(role: Role): void {
  const of = `role="${role.name}"`;
  const taken = (over: (metric: string) => string) =>
    `${over(`apache_workers{${of},state="busy"}`)} / ignoring (state) ${over(`apache_workers_most{${of}}`)}`;
  role._metricsSources.push({ kind: 'apache', port: STATUS_PORT });
  role._alerts.push({
    name: 'ApacheWorkersNearlyTaken',
    // The mean of five minutes, as one who asks has to wait for a worker, too, and may not get it in time; where nobody gets
    // one, FiguresMissing tells. A tenth free is judgement: of 24 workers at 1 GiB that is two.
    expr: `${taken((metric) => `avg_over_time(${metric}[5m])`)} > 0.9`,
    for: '0s',
    severity: 'warning',
    summary:
      '{{ $labels.slice }} had {{ $value | humanizePercentage }} of its workers at work for five minutes, and requests wait for the rest: give its tier more RAM or one slice more, or see what they wait for',
  });
  role._panels.push(
    { title: 'workers taken', expr: taken((metric) => metric), unit: Unit.RATIO },
    { title: 'requests', expr: `rate(apache_accesses_total{${of}}[5m])`, unit: Unit.PER_SECOND },
  );
}
