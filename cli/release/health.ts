import { Connection } from '../connection';
import { askPod, statusAlone, wholeJson } from '../port';
import { selectorOf } from '../slices';
import { Health } from './gate';

const PAGE_MS = 5000;
const QUERY_MS = 5000;

/** What the balancers count, whichever engine they have. A minute is the shortest time that has four figures. */
const ERRORS = [
  'sum(rate(nginx_server_errors_total[1m])) / (sum(rate(nginx_http_requests_total[1m])) > 0)',
  'sum(rate(haproxy_frontend_http_responses_total{proxy="site",code="5xx"}[1m])) / (sum(rate(haproxy_frontend_http_responses_total{proxy="site"}[1m])) > 0)',
  'sum(perlbal_node_answers{code=~"5.."}) / (sum(perlbal_node_answers) > 0)',
]
  .map((each) => `(${each})`)
  .join(' or ');

/**
 * The time in which the web tier answers 95 of 100 requests, as nginx counts them: how many were slower than each of some bounds. Files
 * that nginx serves itself, and its own checks, count as quick ones.
 */
export const SECONDS = `histogram_quantile(0.95, sum by (le) (
  label_replace(scalar(sum(rate(nginx_http_requests_total[1m]))) - sum by (over) (rate(nginx_web_slow_total[1m])), "le", "$1", "over", "(.*)")
  or label_replace(sum(rate(nginx_http_requests_total[1m])), "le", "+Inf", "", "")
)) and on () count(nginx_web_slow_total)`;

/** Asks pods by ports that their kubelets forward, so that no policy has to let anyone in. */
export async function healthOf(
  { client, config }: Connection,
  sites: readonly string[],
  namespaces: readonly string[],
): Promise<Health> {
  const forwarder = new client.PortForward(config);
  const core = config.makeApiClient(client.CoreV1Api);
  const lists = await Promise.all(
    namespaces.map((namespace) => core.listNamespacedPod({ namespace, labelSelector: selectorOf(sites) })),
  );
  const prometheus = lists
    .flatMap(({ items }) => items)
    .flatMap(({ metadata, spec }) => {
      const port = spec?.containers.find(({ name }) => name === 'prometheus')?.ports?.[0]?.containerPort;
      return port === undefined ? [] : [{ namespace: metadata?.namespace ?? '', pod: metadata?.name ?? '', port }];
    })[0];
  const asked = async (query: string, none: number | undefined) => {
    if (!prometheus) return undefined;
    const { namespace, pod, port } = prometheus;
    const request = `GET /api/v1/query?query=${encodeURIComponent(query)}`;
    try {
      const { body } = await askPod(forwarder, [namespace, pod], port, request, QUERY_MS, wholeJson);
      return numberIn(body) ?? none;
    } catch {
      // A site goes on without its admin slice, and so does a release.
      return undefined;
    }
  };
  return {
    page: async (pod, port, path) =>
      (await askPod(forwarder, pod, port, `GET ${encodeURI(path)}`, PAGE_MS, statusAlone)).status,
    // No request at all is no error.
    errors: async () => asked(ERRORS, 0),
    seconds: async () => asked(SECONDS, undefined),
  };
}

/** The number of an answer of Prometheus; undefined where it has none. */
export function numberIn(body: string): number | undefined {
  const { data } = JSON.parse(body) as { data?: { result?: { value?: [number, string] }[] } };
  const value = Number(data?.result?.[0]?.value?.[1]);
  return Number.isFinite(value) ? value : undefined;
}
