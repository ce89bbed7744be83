import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from '../apply';
import { Connection } from '../connection';
import { wholeJson, statusAlone, askPod } from '../port';
import { output } from '../programs';
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

/** So often it is tried again what the API server did not answer, with two seconds between. */
const TRIES = 10;
const BETWEEN_MS = 2000;

/** A release does not end where the API server is away for some seconds, as during an upgrade: each of its calls is tried again. */
export function patient<T extends object>(cluster: T, between = BETWEEN_MS): T {
  const calls = Object.entries(cluster) as [string, (...args: unknown[]) => Promise<unknown>][];
  return Object.fromEntries(calls.map(([name, call]) => [name, patiently(call, between)])) as T;
}

/** The same for one call. */
export function patiently<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
  between = BETWEEN_MS,
): (...args: A) => Promise<R> {
  return async (...args) => {
    for (let tries = 1; ; tries++) {
      try {
        return await call(...args);
      } catch (error) {
        if (tries === TRIES || !isPassing(error)) throw error;
        await sleep(between);
      }
    }
  };
}

/** Whether an error may be over in some seconds: no answer, or one of a server that is overloaded or starting. */
function isPassing(error: unknown): boolean {
  const { code, message, cause } = error as { code?: unknown; message?: string; cause?: { signal?: string | null } };
  // Ctrl-C reaches kubectl, too: what gives slices back what they ran must not end by it.
  if (cause?.signal) return true;
  if (typeof code === 'number') return code === 429 || code >= 500;
  const said = `${String(code)} ${message}`;
  return NETWORK.test(said) || OVERLOADED.test(said);
}

const NETWORK =
  /ECONN|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|socket hang up|connection refused|timed? ?out|EOF|connection reset|no route to host/i;
/** As kubectl writes 429 and 5xx. */
const OVERLOADED = /TooManyRequests|ServiceUnavailable|InternalError|currently unable to handle the request/;

/** Applies objects as `kubectl apply` does, so that a later one finds what was applied last. */
export async function applyObjects(options: readonly string[], objects: readonly object[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    objects.forEach((each, index) =>
      writeFileSync(join(folder, `${String(index).padStart(4, '0')}.json`), JSON.stringify(each)),
    );
    await output(kubectl(options), ['apply', '-f', folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
