import type { V1Deployment, V1Pod, V1PodTemplateSpec, V1StatefulSet } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { MANAGED, MANAGED_BY } from '../contract/labels';
import type { Cluster } from './cluster';
import type { Manifest } from './manifests';
import { byAge, hasEnded } from './pod-state';

/** What runs the slices of a role, or a kind of workers beside them. */
export interface Workload {
  /** `dfw-db` */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  readonly template: V1PodTemplateSpec | undefined;
  readonly replicas: number;
  /** The names of its pods, in the order of its slices; undefined where Kubernetes makes them up. */
  readonly pods: readonly string[] | undefined;
  /** Those of its pods that are of a version before the one that was applied last. */
  readonly old: (pods: readonly V1Pod[]) => ReadonlySet<V1Pod>;
}

/** Every workload of the sites that a selector selects. */
export async function workloadsOf(cluster: Cluster, labelSelector: string): Promise<Workload[]> {
  const [sets, deployments] = await Promise.all([
    cluster.statefulSets(labelSelector),
    cluster.deployments(labelSelector),
  ]);
  return [...sets.map(ofSet), ...deployments.map(ofDeployment)];
}

/** The slices of a workload whose pods have fixed names. */
export function namesOf({ name, pods = [] }: Workload): { name: string; pod: string }[] {
  return pods.map((pod, index) => ({ pod, name: sliceName(name, index) }));
}

/** `dfw-db01` */
export function sliceName(workload: string, index: number): string {
  return `${workload}${String(index + 1).padStart(2, '0')}`;
}

/** The pods that are the slices of a workload now. Of pods that are being stopped, as many as have no successor yet. */
export function podsOf({ namespace, selector, pods, replicas }: Workload, all: readonly V1Pod[]): V1Pod[] {
  const own = all.filter(
    ({ metadata, status }) =>
      metadata?.namespace === namespace &&
      Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value) &&
      (pods ? pods.includes(metadata.name ?? '') : HASH in (metadata.labels ?? {}) && !hasEnded(status?.phase)),
  );
  if (pods) return own;
  const isStopping = ({ metadata }: V1Pod) => metadata?.deletionTimestamp !== undefined;
  const staying = own.filter((pod) => !isStopping(pod)).sort(byAge);
  const stopping = own.filter(isStopping).sort(byAge);
  return [...staying, ...stopping.slice(0, Math.max(0, replicas - staying.length))];
}

/** Whether a manifest is the workload of a role: a site's owner has Deployments, too. */
export function runsSlices({ kind, metadata }: Manifest): boolean {
  return kind === 'StatefulSet' || (kind === 'Deployment' && metadata.labels?.[MANAGED] === MANAGED_BY);
}

const HASH = 'pod-template-hash';
const REVISION = 'controller-revision-hash';

function ofSet(set: V1StatefulSet): Workload {
  const { replicas = 1, ordinals, selector, template } = set.spec ?? {};
  const first = ordinals?.start ?? 0;
  return {
    ...called(set),
    selector: selector?.matchLabels ?? {},
    template,
    replicas,
    pods: Array.from({ length: replicas }, (_, index) => `${set.metadata?.name}-${first + index}`),
    old: (pods) =>
      new Set(pods.filter((pod) => isUnseen(set) || pod.metadata?.labels?.[REVISION] !== set.status?.updateRevision)),
  };
}

function ofDeployment(deployment: V1Deployment): Workload {
  const { replicas = 1, selector, template } = deployment.spec ?? {};
  return {
    ...called(deployment),
    selector: selector?.matchLabels ?? {},
    template,
    replicas,
    pods: undefined,
    old: (pods) => {
      const { updatedReplicas = 0 } = deployment.status ?? {};
      if (isUnseen(deployment) || updatedReplicas === 0) return new Set(pods);
      if (updatedReplicas >= replicas) return new Set();
      // A roll-out makes pods of the new version alone, so the newest pod is one of them.
      const newest = [...pods].sort(byAge).at(-1)?.metadata?.labels?.[HASH];
      return new Set(pods.filter(({ metadata }) => metadata?.labels?.[HASH] !== newest));
    },
  };
}

function called({ metadata }: V1StatefulSet | V1Deployment): Pick<Workload, 'name' | 'namespace' | 'labels'> {
  return { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '', labels: metadata?.labels ?? {} };
}

function isUnseen({ metadata, status }: V1StatefulSet | V1Deployment): boolean {
  return (status?.observedGeneration ?? 0) < (metadata?.generation ?? 0);
}
