import type {
  CoreV1Event,
  V1Deployment,
  V1Ingress,
  V1Job,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Connection } from './connection';
import { codeOf } from './errors';

/** What the commands read of a cluster: of all namespaces, or of those that they are limited to. */
export interface Cluster {
  statefulSets(labelSelector: string): Promise<V1StatefulSet[]>;
  deployments(labelSelector: string): Promise<V1Deployment[]>;
  pods(labelSelector: string): Promise<V1Pod[]>;
  services(labelSelector: string): Promise<V1Service[]>;
  /** None, and a note, where one may not list them. */
  ingresses(labelSelector: string): Promise<V1Ingress[]>;
  /** None where the cluster has no Gateway API; none, and a note, where one may not list them. */
  httpRoutes(labelSelector: string): Promise<HttpRoute[]>;
  /** Undefined where there is none, or where one may not read it. */
  gateway(namespace: string, name: string): Promise<Gateway | undefined>;
  /** Undefined where one may not read it. */
  node(name: string): Promise<V1Node | undefined>;
  jobs(labelSelector: string): Promise<V1Job[]>;
  events(fieldSelector?: string): Promise<CoreV1Event[]>;
  /** What pods use; none where the cluster has no metrics server. */
  podMetrics(): Promise<PodMetrics[]>;
  /** The last lines of a container's log; undefined where it has written none. */
  log(which: LogOf): Promise<string | undefined>;
}

export interface LogOf {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly lines: number;
  /** Whether the log of the container's run before is wanted. */
  readonly previous?: boolean;
}

export interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly containers: { readonly usage: { readonly memory: string; readonly cpu?: string } }[];
}

/** An HTTPRoute of the Gateway API, as far as it is read. */
export interface HttpRoute {
  readonly metadata: V1ObjectMeta;
  readonly spec: {
    readonly hostnames?: string[];
    readonly parentRefs?: { readonly name: string; readonly namespace?: string; readonly sectionName?: string }[];
  };
  readonly status?: { readonly parents?: { readonly conditions?: RouteCondition[] }[] };
}

interface RouteCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A Gateway, as far as it is read. */
export interface Gateway {
  readonly spec: { readonly listeners?: { readonly name: string; readonly port: number }[] };
  readonly status?: { readonly addresses?: { readonly value: string }[] };
}

interface List<T> {
  readonly items: T[];
}

/**
 * Lists objects of some namespaces, or of all. Who may not list those of all gets those of the context's namespace, and a note
 * that says so.
 */
export class Scope {
  private namespaces: readonly string[];

  constructor(
    namespaces: readonly string[],
    private readonly fallback: string,
    private readonly note: (line: string) => void,
  ) {
    this.namespaces = namespaces;
  }

  public async list<T>(ofAll: () => Promise<List<T>>, ofOne: (namespace: string) => Promise<List<T>>): Promise<T[]> {
    if (this.namespaces.length === 0) {
      try {
        return (await ofAll()).items;
      } catch (error) {
        if (codeOf(error) !== 403) throw error;
        this.narrow();
      }
    }
    const lists = await Promise.all(this.namespaces.map(ofOne));
    return lists.flatMap(({ items }) => items);
  }

  private narrow(): void {
    if (this.namespaces.length > 0) return;
    this.namespaces = [this.fallback];
    this.note(`you may not list all namespaces: only '${this.fallback}' is shown; write -n NAME for another`);
  }
}

/** A cluster that is asked over its API, in those namespaces; in all, where none are named. */
export function clusterOf(
  { client, config, namespace: own }: Connection,
  namespaces: readonly string[],
  note: (line: string) => void,
): Cluster {
  const core = config.makeApiClient(client.CoreV1Api);
  const apps = config.makeApiClient(client.AppsV1Api);
  const batch = config.makeApiClient(client.BatchV1Api);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const scope = new Scope(namespaces, own, note);
  // Who may list all pods, but not all Ingresses, still sees all pods.
  const aside = (): Scope => new Scope(namespaces, own, () => undefined);
  const network = config.makeApiClient(client.NetworkingV1Api);
  const gateways = { group: 'gateway.networking.k8s.io', version: 'v1' };
  const routes = { ...gateways, plural: 'httproutes' };
  const metrics = { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'pods' };
  return {
    statefulSets: (labelSelector) =>
      scope.list(
        () => apps.listStatefulSetForAllNamespaces({ labelSelector }),
        (namespace) => apps.listNamespacedStatefulSet({ namespace, labelSelector }),
      ),
    deployments: (labelSelector) =>
      scope.list(
        () => apps.listDeploymentForAllNamespaces({ labelSelector }),
        (namespace) => apps.listNamespacedDeployment({ namespace, labelSelector }),
      ),
    pods: (labelSelector) =>
      scope.list(
        () => core.listPodForAllNamespaces({ labelSelector }),
        (namespace) => core.listNamespacedPod({ namespace, labelSelector }),
      ),
    services: (labelSelector) =>
      scope.list(
        () => core.listServiceForAllNamespaces({ labelSelector }),
        (namespace) => core.listNamespacedService({ namespace, labelSelector }),
      ),
    ingresses: (labelSelector) =>
      unlessRefused('Ingresses', note, () =>
        aside().list(
          () => network.listIngressForAllNamespaces({ labelSelector }),
          (namespace) => network.listNamespacedIngress({ namespace, labelSelector }),
        ),
      ),
    httpRoutes: (labelSelector) =>
      unlessRefused('HTTPRoutes', note, () =>
        aside().list<HttpRoute>(
          () => custom.listClusterCustomObject({ ...routes, labelSelector }),
          (namespace) => custom.listNamespacedCustomObject({ ...routes, namespace, labelSelector }),
        ),
      ),
    gateway: (namespace, name) =>
      ifReadable<Gateway>(() => custom.getNamespacedCustomObject({ ...gateways, plural: 'gateways', namespace, name })),
    node: (name) => ifReadable(() => core.readNode({ name })),
    jobs: (labelSelector) =>
      scope.list(
        () => batch.listJobForAllNamespaces({ labelSelector }),
        (namespace) => batch.listNamespacedJob({ namespace, labelSelector }),
      ),
    events: (fieldSelector) => {
      const selector = fieldSelector === undefined ? {} : { fieldSelector };
      return scope.list(
        () => core.listEventForAllNamespaces(selector),
        (namespace) => core.listNamespacedEvent({ namespace, ...selector }),
      );
    },
    podMetrics: async () => {
      try {
        return await scope.list<PodMetrics>(
          () => custom.listClusterCustomObject(metrics),
          (namespace) => custom.listNamespacedCustomObject({ namespace, ...metrics }),
        );
      } catch {
        // A cluster without a metrics server still has the rest to show.
        return [];
      }
    },
    log: async ({ namespace, pod, container, lines, previous = false }) => {
      try {
        const options = { namespace, name: pod, container, tailLines: lines, previous };
        return (await core.readNamespacedPodLog(options)).trim() || undefined;
      } catch {
        // It has not started, so it has said nothing.
        return undefined;
      }
    },
  };
}

/** What there is of a kind that a cluster may lack, and that a person may have no right to list. */
async function unlessRefused<T>(kinds: string, note: (line: string) => void, list: () => Promise<T[]>): Promise<T[]> {
  try {
    return await list();
  } catch (error) {
    const code = codeOf(error);
    if (code === 403) note(`you may not list ${kinds}: their addresses are not shown`);
    else if (code !== 404) throw error;
    return [];
  }
}

async function ifReadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) !== 403 && codeOf(error) !== 404) throw error;
    return undefined;
  }
}
