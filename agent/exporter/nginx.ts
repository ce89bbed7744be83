import { SLOW, slowMarks } from '../../contract/nginx-marks';
import { fetched } from './http';
import type { Place } from './http';

/** A mark is a character and the end of its line. */
const MARK_BYTES = 2;

/**
 * What nginx' `stub_status` tells, and how many marks it has made: it counts nothing by itself but connections and requests, so
 * the size of a log with a line for each is the number.
 */
export async function nginxFigures(server: Place): Promise<string> {
  const status = await fetched(server, '/metrics');
  const [, active] = /^Active connections: (\d+)/m.exec(status) ?? [];
  const [, requests] = /^ \d+ \d+ (\d+)/m.exec(status) ?? [];
  if (!active || !requests) throw new Error(`${server.host}: this is no answer of stub_status`);
  const files = JSON.parse(await fetched(server, '/marks/')) as { name: string; size?: number }[];
  const marks = (name: string) => {
    const size = files.find((each) => each.name === name)?.size;
    if (size === undefined) throw new Error(`${server.host}: there are no marks of ${name}`);
    return size / MARK_BYTES;
  };
  const slow = SLOW.map(({ over }) => `nginx_web_slow_total{over="${over}"} ${marks(slowMarks(over))}\n`);
  return (
    `nginx_connections_active ${active}\nnginx_http_requests_total ${requests}\n` +
    `nginx_server_errors_total ${marks('errors')}\nnginx_web_missed_total ${marks('missed')}\n${slow.join('')}`
  );
}
