import type { CoreV1Event, V1Deployment, V1Job, V1Pod, V1Service, V1StatefulSet } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { Connection } from './connection';
import { codeOf } from './errors';

/** What the commands read of a cluster: of all namespaces, or of those that they are limited to. */
export interface Cluster {
  statefulSets(labelSelector: string): Promise<V1StatefulSet[]>;
  deployments(labelSelector: string): Promise<V1Deployment[]>;
  pods(labelSelector: string): Promise<V1Pod[]>;
  services(labelSelector: string): Promise<V1Service[]>;
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
