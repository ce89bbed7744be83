import type {
  AppsV1Api,
  CoreV1Api,
  CoreV1Event,
  CustomObjectsApi,
  V1ContainerStatus,
  V1Pod,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node' with { 'resolution-mode': 'import' };

const OF_SITE = 'app.kubernetes.io/managed-by=cdk8s-slices';
const ACTIVE_OR_STANDBY = 'cdk8s-slices/role';
const AGENT = 'cdk8s-slices/heartbeat';

/** What the command needs of a cluster. */
export interface Cluster {
  readonly core: Pick<
    CoreV1Api,
    'listPodForAllNamespaces' | 'listServiceForAllNamespaces' | 'listEventForAllNamespaces'
  >;
  readonly apps: Pick<AppsV1Api, 'listStatefulSetForAllNamespaces'>;
  readonly custom: Pick<CustomObjectsApi, 'listClusterCustomObject'>;
}

interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly containers: { readonly usage: { readonly memory: string } }[];
}

/**
 * Every slice of the cluster's sites, or of one: where it runs, what it takes of its RAM, whether it is the active one of
 * its pair, and the reason where there is one. Then the addresses of the sites.
 */
export async function status(cluster: Cluster, site: string | undefined): Promise<string[]> {
  const labelSelector = site === undefined ? OF_SITE : `${OF_SITE},app.kubernetes.io/part-of=${site}`;
  const [sets, pods, services, events, metrics] = await Promise.all([
    cluster.apps.listStatefulSetForAllNamespaces({ labelSelector }),
    cluster.core.listPodForAllNamespaces({ labelSelector }),
    cluster.core.listServiceForAllNamespaces({ labelSelector }),
    cluster.core.listEventForAllNamespaces({ fieldSelector: `reportingComponent=${AGENT}` }),
    memoryOfPods(cluster),
  ]);
  if (sets.items.length === 0) {
    throw new Error(`the cluster has no slices of ${site === undefined ? 'any site' : `a site '${site}'`}`);
  }
  const rows = sets.items.flatMap((set) =>
    podsOf(set).map((name, index) => {
      const { namespace } = set.metadata ?? {};
      const pod = pods.items.find((each) => each.metadata?.namespace === namespace && each.metadata?.name === name);
      const last = newest(events.items.filter((each) => isAbout(each, namespace, name)));
      return row(sliceName(set, index), set, pod, metrics.get(`${namespace}/${name}`), last);
    }),
  );
  return [...columns([['SLICE', 'ROLE', 'NODE', 'RAM', 'STATE', 'WHY'], ...rows]), ...addresses(services.items)];
}

async function memoryOfPods({ custom }: Cluster): Promise<Map<string, number>> {
  try {
    const kind = { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'pods' };
    const { items } = (await custom.listClusterCustomObject(kind)) as { items: PodMetrics[] };
    return new Map(
      items.map(({ metadata, containers }) => [
        `${metadata.namespace}/${metadata.name}`,
        containers.reduce((sum, each) => sum + mebibytes(each.usage.memory), 0),
      ]),
    );
  } catch {
    // A cluster without a metrics server still has the rest to show.
    return new Map();
  }
}

function podsOf(set: V1StatefulSet): string[] {
  const first = set.spec?.ordinals?.start ?? 0;
  return Array.from({ length: set.spec?.replicas ?? 1 }, (_, index) => `${set.metadata?.name}-${first + index}`);
}

function sliceName(set: V1StatefulSet, index: number): string {
  return `${set.metadata?.name}${String(index + 1).padStart(2, '0')}`;
}

function row(
  slice: string,
  set: V1StatefulSet,
  pod: V1Pod | undefined,
  used: number | undefined,
  last: CoreV1Event | undefined,
): string[] {
  const role = set.metadata?.labels?.['app.kubernetes.io/name'] ?? '';
  const limit = limitOf(pod ? pod.spec : set.spec?.template.spec);
  const ram = `${used === undefined ? '?' : Math.round(used)} of ${limit} MiB`;
  if (!pod) return [slice, role, '-', ram, 'missing', 'its pod has not been made'];
  const trouble = troubleOf(pod);
  const part = pod.metadata?.labels?.[ACTIVE_OR_STANDBY];
  const state = trouble ? 'not ready' : (part ?? 'ready');
  return [slice, role, pod.spec?.nodeName ?? '-', ram, state, trouble ?? (part ? said(last) : '')];
}

/** The reason why a pod is not ready, in the words of whoever knows it best. */
function troubleOf(pod: V1Pod): string | undefined {
  const conditions = pod.status?.conditions ?? [];
  if (pod.metadata?.deletionTimestamp) return 'it is being stopped';
  if (conditions.some((each) => each.type === 'Ready' && each.status === 'True')) return undefined;
  const unplaced = conditions.find((each) => each.type === 'PodScheduled' && each.status === 'False');
  if (unplaced) return unplaced.message ?? 'no node has room for it';
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.find(
    (each) => each.state?.waiting?.reason && each.state.waiting.reason !== 'PodInitializing',
  );
  if (waiting) return `${waiting.name}: ${waiting.state?.waiting?.message ?? waiting.state?.waiting?.reason}`;
  const unready = statuses.filter((each) => !each.ready && !hasEnded(each)).map((each) => each.name);
  return unready.length > 0 ? `${unready.join(', ')} not ready` : 'its node does not answer';
}

function hasEnded(container: V1ContainerStatus): boolean {
  return container.state?.terminated?.exitCode === 0;
}

function limitOf(spec: V1Pod['spec']): number {
  const sidecars = (spec?.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].reduce(
    (sum, each) => sum + mebibytes(each.resources?.limits?.['memory'] ?? '0'),
    0,
  );
}

function mebibytes(quantity: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+)(\w*)$/.exec(quantity) ?? [];
  const bytes: Record<string, number> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 };
  return (Number(number) * (bytes[unit] ?? Number.NaN)) / 2 ** 20;
}

function isAbout(event: CoreV1Event, namespace: string | undefined, pod: string): boolean {
  return event.involvedObject.namespace === namespace && event.involvedObject.name === pod;
}

function newest(events: CoreV1Event[]): CoreV1Event | undefined {
  return [...events].sort((a, b) => timeOf(a) - timeOf(b)).at(-1);
}

function timeOf(event: CoreV1Event): number {
  return new Date(event.lastTimestamp ?? 0).getTime();
}

function said(event: CoreV1Event | undefined): string {
  return event ? `${new Date(timeOf(event)).toISOString().slice(0, 19)}Z ${event.message}` : '';
}

function addresses(services: V1Service[]): string[] {
  const open = services.filter((each) => each.spec?.type === 'LoadBalancer');
  return open.map(({ metadata, spec, status: given }) => {
    const found = (given?.loadBalancer?.ingress ?? []).map((each) => each.hostname ?? each.ip).join(', ');
    const ports = (spec?.ports ?? []).map((each) => each.port).join(', ');
    return `${metadata?.labels?.['app.kubernetes.io/name']} answers at ${found || 'no address yet'}, port ${ports}`;
  });
}

function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((each) => each[index]?.length ?? 0)));
  return rows.map((each) =>
    each
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
