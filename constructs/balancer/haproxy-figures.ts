import { Unit } from '../core/monitor';
import type { Role } from '../core/role';

/** How many errors it gives, and whether it finds the web slices. */
export function watchHaProxy(role: Role, port: number): void {
  const of = `role="${role.name}",proxy="site"`;
  const answers = (code: string) =>
    `sum by (role, slice) (rate(haproxy_frontend_http_responses_total{${of}${code}}[5m]))`;
  const errors = `${answers(',code="5xx"')} / (${answers('')} > 0)`;
  const web = `sum by (role, slice) (haproxy_backend_active_servers{role="${role.name}",proxy="web"})`;
  role._scrapes.push({ port, path: '/metrics' });
  role._alerts.push(
    {
      name: 'BalancerAnswersErrors',
      // One in twenty is judgement: a fault of one page, or of one slice of the site's.
      expr: `${errors} > 0.05`,
      for: '5m',
      severity: 'critical',
      summary:
        '{{ $labels.slice }} answers {{ $value | humanizePercentage }} of its requests with errors (5xx): see its log, and that of the containers apache of the web slices',
    },
    {
      name: 'BalancerMissesWebSlice',
      // A web slice that dies is marked down within 2 s, and leaves the list when the DNS forgets it.
      expr: `sum by (role, slice) (rate(haproxy_server_check_failures_total{role="${role.name}",proxy="web"}[2m])) > 0`,
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $labels.slice }} has for five minutes found a web slice that takes no connection: its log names the server; see whether Apache takes connections there, and the network between their nodes',
    },
  );
  role._panels.push(
    { title: 'clients', expr: `haproxy_frontend_current_sessions{${of}}`, unit: Unit.NUMBER },
    { title: 'requests', expr: answers(''), unit: Unit.PER_SECOND },
    { title: 'errors', expr: errors, unit: Unit.RATIO },
    { title: 'web slices', expr: web, unit: Unit.NUMBER },
  );
}
