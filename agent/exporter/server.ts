import * as http from 'node:http';
import { told } from '../log';

/** Gives the figures of one that is asked; none where nobody has that name. */
export type Figures = (name: string) => Promise<string | undefined>;

/** `/metrics?of=NAME` for Prometheus, `/healthz` for the kubelet. What does not answer is a 502, and so a scrape that failed. */
export function serve(figures: Figures): http.Server {
  return http.createServer((request, response) => {
    const say = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(text);
    };
    const url = new URL(request.url ?? '/', 'http://exporter');
    if (url.pathname === '/healthz') return say(200, 'ok\n');
    if (url.pathname !== '/metrics') return say(404, 'ask for /metrics?of=NAME\n');
    figures(url.searchParams.get('of') ?? '').then(
      (text) => (text === undefined ? say(404, 'nobody has that name\n') : say(200, text)),
      (error: unknown) => say(502, `${told(error)}\n`),
    );
  });
}

/** A label's value as Prometheus reads it. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
