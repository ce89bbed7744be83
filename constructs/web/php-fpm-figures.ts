import { Unit } from '../core/monitor';
import type { Role } from '../core/role';

/** The port at which nginx shows PHP-FPM's status: the same as of Prometheus' exporter of PHP-FPM. */
export const STATUS_PORT = 9253;

/** The path of the status, as PHP-FPM knows it. */
export const STATUS_PATH = '/status';

/** The number of busy workers and of requests that wait for one. PHP-FPM tells them in Prometheus' own format from PHP 8.1 on. */
export function watchPhpFpm(role: Role, children: number): void {
  const of = `role="${role.name}"`;
  role._scrapes.push({ port: STATUS_PORT, path: '/metrics' });
  role._alerts.push({
    name: 'PhpWorkersNearlyTaken',
    // As of Apache's workers: a tenth free is judgement.
    expr: `avg_over_time(phpfpm_active_processes{${of}}[5m]) / ${children} > 0.9`,
    for: '0s',
    severity: 'warning',
    summary:
      '{{ $labels.slice }} had {{ $value | humanizePercentage }} of its PHP workers at work for five minutes, and requests wait for the rest: give its tier more RAM or one slice more, or see what they wait for',
  });
  role._panels.push(
    { title: 'workers taken', expr: `phpfpm_active_processes{${of}} / ${children}`, unit: Unit.RATIO },
    { title: 'requests that wait', expr: `phpfpm_listen_queue{${of}}`, unit: Unit.NUMBER },
    { title: 'requests', expr: `rate(phpfpm_accepted_connections{${of}}[5m])`, unit: Unit.PER_SECOND },
  );
}
