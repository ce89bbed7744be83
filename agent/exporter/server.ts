import * as http from 'node:http';
import { told } from '../log';

/** Gives the figures of a target; none where no target has that name. `at` is the address of a target that has none of its own. */
export type Figures = (name: string, at: string | undefined) => Promise<string | undefined>;

/**
 * `/metrics?of=NAME` or `/metrics?of=NAME&at=ADDRESS` for Prometheus, `/healthz` for the kubelet. A target that does not answer is a 502:
 * for Prometheus, a scrape that failed.
 */
export function serve(figures: Figures): http.Server {
  return http.createServer((request, response) => {
    const say = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(text);
    };
    const url = new URL(request.url ?? '/', 'http://exporter');
    if (url.pathname === '/healthz') return say(200, 'ok\n');
    if (url.pathname !== '/metrics') return say(404, 'ask for /metrics?of=NAME\n');
    figures(url.searchParams.get('of') ?? '', url.searchParams.get('at') ?? undefined).then(
      (text) => (text === undefined ? say(404, 'nobody has that name\n') : say(200, text)),
      (error: unknown) => say(502, `${told(error)}\n`),
    );
  });
}

/** A label's value as Prometheus reads it. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
