import { Connection } from '../connection';
import { askPod, statusAlone } from '../port';
import { Health } from './gate';
import { Prometheus } from './prometheus';

const PAGE_MS = 5000;

/**
 * The share of requests that end with a 5xx, as the balancers count them, whichever engine they have. A minute is the shortest time that
 * has four figures.
 *
 * @param own Selects the site's own series: `{site="dfw"}`.
 */
export function errorsQuery(own = ''): string {
  const series = (name: string, labels = '') => `${name}${selector(labels, own)}`;
  const rate = (name: string, labels = '') => `sum(rate(${series(name, labels)}[1m]))`;
  const [haproxy, site] = ['haproxy_frontend_http_responses_total', 'proxy="site"'];
  return [
    `${rate('nginx_server_errors_total')} / (${rate('nginx_http_requests_total')} > 0)`,
    `${rate(haproxy, `${site},code="5xx"`)} / (${rate(haproxy, site)} > 0)`,
    `sum(${series('perlbal_node_answers', 'code=~"5.."')}) / (sum(${series('perlbal_node_answers')}) > 0)`,
  ]
    .map((each) => `(${each})`)
    .join(' or ');
}

/**
 * The time in which the web tier answers 95 of 100 requests, as nginx counts them: how many were slower than each of some bounds. Files
 * that nginx serves itself, and its own checks, count as quick ones.
 *
 * @param own Selects the site's own series.
 */
export function secondsQuery(own = ''): string {
  const requests = `sum(rate(nginx_http_requests_total${own}[1m]))`;
  const slow = `nginx_web_slow_total${own}`;
  return `histogram_quantile(0.95, sum by (le) (
  label_replace(scalar(${requests}) - sum by (over) (rate(${slow}[1m])), "le", "$1", "over", "(.*)")
  or label_replace(${requests}, "le", "+Inf", "", "")
)) and on () count(${slow})`;
}

function selector(labels: string, own: string): string {
  const all = [labels, own.slice(1, -1)].filter((each) => each !== '').join(',');
  return all === '' ? '' : `{${all}}`;
}

/** Asks pods by ports that their kubelets forward, so that no policy has to let anyone in. */
export function healthOf({ client, config }: Connection, prometheus: Prometheus | undefined): Health {
  const forwarder = new client.PortForward(config);
  return {
    page: async (pod, port, path) =>
      (await askPod(forwarder, pod, port, `GET ${encodeURI(path)}`, PAGE_MS, statusAlone)).status,
    ...figuresOf(prometheus),
  };
}

/** The figures of a site; each is undefined where its Prometheus is away. */
export function figuresOf(prometheus: Prometheus | undefined): Pick<Health, 'errors' | 'seconds'> {
  const asked = async (query: string, none: number | undefined) => {
    try {
      const body = await prometheus?.ask(`/api/v1/query?query=${encodeURIComponent(query)}`);
      return body === undefined ? undefined : (numberIn(body) ?? none);
    } catch {
      // A site goes on without its admin slice, and so does a release.
      return undefined;
    }
  };
  return {
    // No request at all is no error.
    errors: async () => asked(errorsQuery(prometheus?.own), 0),
    seconds: async () => asked(secondsQuery(prometheus?.own), undefined),
  };
}

/** The number of an answer of Prometheus; undefined where it has none. @throws where the answer is none of Prometheus */
export function numberIn(body: string): number | undefined {
  const { status, data } = JSON.parse(body) as {
    status?: string;
    data?: { result?: { value?: [number, string] }[] };
  };
  if (status !== 'success') throw new Error('no answer of a Prometheus');
  const value = Number(data?.result?.[0]?.value?.[1]);
  return Number.isFinite(value) ? value : undefined;
}
