import { SLOW, slowMarks } from '../../contract/nginx-marks';
import { Unit } from '../core/monitor';
import type { Role } from '../core/role';
import { answersErrors, missesWebSlice } from './balancer-alerts';

/** The folder of nginx' marks: a line for each request that went wrong, so that the size of the file is their number. */
const MARKS = '/run/nginx/marks';

/**
 * `stub_status` knows no codes and no upstreams. A request that the web tier's first slice did not take begins with that in
 * `$upstream_status`, whatever the next one answered. An answer is slow by the time until its first line, so that neither a slow client nor
 * a WebSocket is.
 *
 * @param closed Whether the site is closed: its page's 503 is no error then.
 */
export function marksSettings(closed: boolean): string {
  return `  log_format mark '.';
  map $status $is_error { ${closed ? '503 0; ' : ''}~^5 1; default 0; }
  map $upstream_status $is_missed { ~^50[24] 1; default 0; }
  access_log ${MARKS}/errors mark if=$is_error;
  access_log ${MARKS}/missed mark if=$is_missed;
${SLOW.map(slow).join('\n')}`;
}

function slow({ over, pattern }: (typeof SLOW)[number], index: number): string {
  return `  map $upstream_header_time $is_slow_${index} { "~${pattern}" 1; default 0; }
  access_log ${MARKS}/${slowMarks(over)} mark if=$is_slow_${index};`;
}

/** Locations that Admin asks. */
export const FIGURES_LOCATIONS = `    location = /metrics { stub_status; }
    location /marks/ { alias ${MARKS}/; autoindex on; autoindex_format json; }`;

/** How many errors it gives, and whether it finds the web slices. */
export function watchNginx(role: Role, port: number): void {
  const of = `{role="${role.name}"}`;
  const requests = `rate(nginx_http_requests_total${of}[5m])`;
  const slower = `rate(nginx_web_slow_total${of}[5m])`;
  // Counted are the answers that took longer than a bound; a histogram has those that did not.
  const p95 = `histogram_quantile(0.95, sum by (role, slice, le) (
  label_replace(${requests} - on (role, slice) group_right () sum by (role, slice, over) (${slower}), "le", "$1", "over", "(.*)")
  or label_replace(${requests}, "le", "+Inf", "", "")
)) and on (slice) ${requests} > 0`;
  const errors = `rate(nginx_server_errors_total${of}[5m]) / (${requests} > 0)`;
  role._metricsSources.push({ kind: 'nginx', port });
  role._alerts.push(
    // Its own checks are requests, too, about five a second, so the share of a quiet site is higher than it looks.
    answersErrors(errors),
    missesWebSlice(
      // A web slice that dies is missed until the DNS forgets it, on a node without power after 40 s and more.
      `rate(nginx_web_missed_total${of}[2m]) > 0`,
      5,
      'has for five minutes had requests that the web slice asked first did not take: its log names the address; see whether Apache takes connections there, and the network between their nodes',
    ),
  );
  role._panels.push(
    { title: 'clients', expr: `nginx_connections_active${of}`, unit: Unit.NUMBER },
    { title: 'requests', expr: requests, unit: Unit.PER_SECOND },
    { title: 'errors', expr: errors, unit: Unit.RATIO },
    { title: 'p95', expr: p95, unit: Unit.SECONDS },
  );
}
