import { applyObjects } from '../apply';
import { Connection } from '../connection';
import { patient } from '../patience';
import { wholeJson, statusAlone, askPod } from '../port';
import { selectorOf } from '../slices';
import { Health } from './gate';
import { ReleaseCluster } from './run';

const PAGE_MS = 5000;
const QUERY_MS = 5000;

/** The cluster of a release, over its API. */
export function releaseCluster(
  { client, config, kubectl: options }: Connection,
  sites: readonly string[],
  namespaces: readonly string[],
): ReleaseCluster {
  const [core, apps, batch] = [
    config.makeApiClient(client.CoreV1Api),
    config.makeApiClient(client.AppsV1Api),
    config.makeApiClient(client.BatchV1Api),
  ];
  const labelSelector = selectorOf(sites);
  return patient({
    deployment: (namespace, name) => apps.readNamespacedDeployment({ namespace, name }),
    replicaSets: async (namespace, selector) =>
      (await apps.listNamespacedReplicaSet({ namespace, labelSelector: selector })).items,
    pods: async (namespace, selector) => (await core.listNamespacedPod({ namespace, labelSelector: selector })).items,
    apply: (manifest) => applyObjects(options, [manifest]),
    jobs: async () => {
      const lists = await Promise.all(
        namespaces.map(async (namespace) => ({
          jobs: (await batch.listNamespacedJob({ namespace, labelSelector })).items,
          pods: (await core.listNamespacedPod({ namespace, labelSelector })).items,
        })),
      );
      return { jobs: lists.flatMap(({ jobs }) => jobs), pods: lists.flatMap(({ pods }) => pods) };
    },
    removeJob: async (namespace, name) => {
      await batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' });
    },
  });
}

/** What the balancers count, whichever engine they have. A minute is the shortest time that has four figures. */
const ERRORS = [
  'sum(rate(nginx_server_errors_total[1m])) / (sum(rate(nginx_http_requests_total[1m])) > 0)',
  'sum(rate(haproxy_frontend_http_responses_total{proxy="site",code="5xx"}[1m])) / (sum(rate(haproxy_frontend_http_responses_total{proxy="site"}[1m])) > 0)',
  'sum(perlbal_node_answers{code=~"5.."}) / (sum(perlbal_node_answers) > 0)',
]
  .map((each) => `(${each})`)
  .join(' or ');

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
  return {
    page: async (pod, port, path) =>
      (await askPod(forwarder, pod, port, `GET ${encodeURI(path)}`, PAGE_MS, statusAlone)).status,
    errors: async () => {
      if (!prometheus) return undefined;
      const { namespace, pod, port } = prometheus;
      const request = `GET /api/v1/query?query=${encodeURIComponent(ERRORS)}`;
      try {
        return shareIn((await askPod(forwarder, [namespace, pod], port, request, QUERY_MS, wholeJson)).body);
      } catch {
        // A site goes on without its admin slice, and so does a release.
        return undefined;
      }
    },
  };
}

/** The number of an answer of Prometheus; no request at all is no error. */
export function shareIn(body: string): number {
  const { data } = JSON.parse(body) as { data?: { result?: { value?: [number, string] }[] } };
  const share = Number(data?.result?.[0]?.value?.[1] ?? 0);
  return Number.isFinite(share) ? share : 0;
}
