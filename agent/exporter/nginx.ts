import { fetched } from './http';
import type { Place } from './http';

/** A mark is a character and the end of its line. */
const MARK_BYTES = 2;

/**
 * What nginx' `stub_status` tells, and how many marks it has made: it counts nothing by itself but connections and requests, so
 * the size of a log with a line for each is the number.
 */
export async function nginxFigures(server: Place): Promise<string> {
  const { text } = await fetched(server, '/metrics');
  const [, active] = /^Active connections: (\d+)/m.exec(text) ?? [];
  const [, requests] = /^ \d+ \d+ (\d+)/m.exec(text) ?? [];
  if (!active || !requests) throw new Error(`${server.host}: this is no answer of stub_status`);
  const marks = async (name: string) => (await fetched(server, `/marks/${name}`, 'HEAD')).length / MARK_BYTES;
  return (
    `nginx_connections_active ${active}\nnginx_http_requests_total ${requests}\n` +
    `nginx_server_errors_total ${await marks('errors')}\nnginx_web_missed_total ${await marks('missed')}\n`
  );
}
