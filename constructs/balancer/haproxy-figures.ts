import { Unit } from '../core/monitor';
import type { Role } from '../core/role';
import { answersErrors, missesWebSlice } from './balancer-alerts';

/** How many errors it gives, and whether it finds the web slices. */
export function watchHaProxy(role: Role, port: number): void {
  const of = `role="${role.name}",proxy!="health"`;
  const answers = (side: string, code = '') =>
    `sum by (role, slice) (rate(haproxy_${side}_http_responses_total{${of}${code}}[5m]))`;
  // The page of a closed site is a 503 that no backend gives, and no error.
  const errors = `${answers('backend', ',code="5xx"')} / (${answers('frontend')} > 0)`;
  const web = `sum by (role, slice) (haproxy_backend_active_servers{role="${role.name}"})`;
  role._scrapes.push({ port, path: '/metrics' });
  role._alerts.push(
    answersErrors(errors),
    missesWebSlice(
      // A web slice that dies is marked down within 2 s, and leaves the list when the DNS forgets it.
      `sum by (role, slice) (rate(haproxy_server_check_failures_total{role="${role.name}"}[2m])) > 0`,
      5,
      'has for five minutes found a web slice that takes no connection: its log names the server; see whether Apache takes connections there, and the network between their nodes',
    ),
  );
  role._panels.push(
    { title: 'clients', expr: `sum by (role, slice) (haproxy_frontend_current_sessions{${of}})`, unit: Unit.NUMBER },
    { title: 'requests', expr: answers('frontend'), unit: Unit.PER_SECOND },
    { title: 'errors', expr: errors, unit: Unit.RATIO },
    { title: 'web slices', expr: web, unit: Unit.NUMBER, low: true },
  );
}
