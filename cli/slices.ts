import type { CoreV1Event, V1Pod } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { TOOK_OVER } from '../contract/events';
import { EVENT_SOURCE, MANAGED, MANAGED_BY, NAME, PART_OF, ROLE_LABEL } from '../contract/labels';
import { Cluster } from './cluster';
import { Trouble, troubleOf } from './pod-state';
import { mebibytes, millicores } from './quantities';
import { Workload, namesOf, podsOf, workloadsOf } from './workloads';

export const OF_SITE = `${MANAGED}=${MANAGED_BY}`;

/** A slice as it is now. */
export interface Slice {
  readonly name: string;
  readonly role: string;
  readonly namespace: string;
  readonly pod: string;
  readonly node: string | undefined;
  /** MiB that its containers take together; undefined where the cluster does not say. */
  readonly used: number | undefined;
  /** Thousandths of a core that they take together. */
  readonly usedMillicores: number | undefined;
  /** MiB that it has. */
  readonly limit: number;
  /** Of a pair: `active` or `standby`. */
  readonly part: string | undefined;
  /** Whether it has a pod. */
  readonly made: boolean;
  /** Why it is not ready, or what has happened to it a moment ago; undefined where all is well. */
  readonly trouble: Trouble | undefined;
  /** When its pod was made. */
  readonly since: Date | undefined;
  /** The image of the first of its containers: that of its engine. */
  readonly image: string | undefined;
  /** Its pod is of a version before the one that was applied last. */
  readonly old: boolean;
  /** When and why the pair's agent last changed its part. */
  readonly said: string;
  /** Whether that is a warning. */
  readonly warned: boolean;
  /** How long its last takeover took, in milliseconds; undefined where the cluster has no event of it any more. */
  readonly takeoverMs: number | undefined;
}

/** Selects the objects of some sites, or of all. */
export function selectorOf(sites: readonly string[]): string {
  return sites.length === 0 ? OF_SITE : `${OF_SITE},${PART_OF} in (${sites.join(',')})`;
}

/** Selects what has these labels. */
export function selecting(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** Every slice of some sites, or of all that the cluster has. */
export async function slicesOf(cluster: Cluster, sites: readonly string[]): Promise<Slice[]> {
  const labelSelector = selectorOf(sites);
  const [workloads, pods, events, metrics] = await Promise.all([
    workloadsOf(cluster, labelSelector),
    cluster.pods(labelSelector),
    cluster.events(`reportingComponent=${EVENT_SOURCE}`),
    usesOf(cluster),
  ]);
  return workloads.flatMap((workload) => {
    const own = podsOf(workload, pods);
    const old = workload.old(own);
    return placesOf(workload, own).map(({ name, podName, pod }): Slice => {
      const { namespace } = workload;
      const said = events.filter((each) => isAbout(each, namespace, podName));
      return {
        ...ofPod(workload, pod),
        name,
        pod: podName,
        used: metrics.get(`${namespace}/${podName}`)?.mebibytes,
        usedMillicores: metrics.get(`${namespace}/${podName}`)?.millicores,
        old: pod !== undefined && old.has(pod),
        ...sayings(said),
      };
    });
  });
}

interface Place {
  readonly name: string;
  readonly podName: string;
  readonly pod: V1Pod | undefined;
}

/** A place for each slice that there should be. A pod without a fixed name is called as it is, and one that lacks as its role. */
function placesOf(workload: Workload, own: readonly V1Pod[]): Place[] {
  if (workload.pods)
    return namesOf(workload).map(({ name, pod: podName }) => ({
      name,
      podName,
      pod: own.find(({ metadata }) => metadata?.name === podName),
    }));
  const made = own.map((pod) => ({ name: pod.metadata?.name ?? '', podName: pod.metadata?.name ?? '', pod }));
  const lacking = Math.max(0, workload.replicas - made.length);
  return [...made, ...Array.from({ length: lacking }, () => ({ name: workload.name, podName: '', pod: undefined }))];
}

type OfPod = Omit<Slice, 'name' | 'pod' | 'used' | 'usedMillicores' | 'old' | 'said' | 'warned' | 'takeoverMs'>;

function ofPod({ namespace, labels, template }: Workload, pod: V1Pod | undefined): OfPod {
  const spec = pod ? pod.spec : template?.spec;
  return {
    role: labels[NAME] ?? '',
    namespace,
    node: pod?.spec?.nodeName,
    limit: limitOf(spec),
    part: pod?.metadata?.labels?.[ROLE_LABEL],
    made: pod !== undefined,
    trouble: pod ? troubleOf(pod, Date.now()) : { reason: 'its pod has not been made' },
    since: pod?.metadata?.creationTimestamp && new Date(pod.metadata.creationTimestamp),
    image: spec?.containers[0]?.image,
  };
}

function sayings(events: CoreV1Event[]): Pick<Slice, 'said' | 'warned' | 'takeoverMs'> {
  const last = newest(events);
  return {
    said: said(last),
    warned: last?.type === 'Warning',
    takeoverMs: takeoverOf(newest(events.filter(({ reason }) => reason === TOOK_OVER))),
  };
}

interface Use {
  readonly mebibytes: number;
  readonly millicores: number;
}

/** What each pod uses, by its namespace and name. */
async function usesOf(cluster: Cluster): Promise<Map<string, Use>> {
  const items = await cluster.podMetrics();
  return new Map(
    items.map(({ metadata, containers }) => [
      `${metadata.namespace}/${metadata.name}`,
      {
        mebibytes: containers.reduce((sum, { usage }) => sum + mebibytes(usage.memory), 0),
        millicores: containers.reduce((sum, { usage }) => sum + millicores(usage.cpu ?? '0'), 0),
      },
    ]),
  );
}

function limitOf(spec: V1Pod['spec']): number {
  const sidecars = (spec?.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
  return [...(spec?.containers ?? []), ...sidecars].reduce(
    (sum, each) => sum + mebibytes(each.resources?.limits?.['memory'] ?? '0'),
    0,
  );
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

/** `dfw-db-2 took over from dfw-db-1 in 430 ms: …` */
function takeoverOf(event: CoreV1Event | undefined): number | undefined {
  const [, ms] = / in (\d+) ms: /.exec(event?.message ?? '') ?? [];
  return ms === undefined ? undefined : Number(ms);
}
