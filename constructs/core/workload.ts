import { ApiObject, Duration } from 'cdk8s';
import { k8s } from './imports';
import { Role } from './role';
import { LARGEST_APPLIED, appliedBytes } from './applied';
import { problem } from './problems';
import { atATime } from './at-a-time';
import { defined } from './container';
import { noteEvictable } from './evictable';
import { areTooLarge, ownLabels } from './labels';
import { Pod, podTemplate } from './pod';

/** The workload on the slices of a role. */
export interface Workload extends Omit<Pod, 'spread' | 'most'> {
  /** A volume of its own for each slice, which outlives its pod. */
  readonly claims?: Claim[];
  /** Ports of a slice, under its own name; none for a slice that only connects to others. */
  readonly ports: k8s.ServicePort[];
  /** How long a new slice has to be ready before the next one is replaced. @default 0 */
  readonly minReady?: Duration;
  /** Whether something else sets the number of slices. @default false */
  readonly scaled?: boolean;
  /** MiB of a slice's RAM that the role gives to pods beside its slices. @default 0 */
  readonly reserved?: number;
  /** Whether a share of many slices may be away at a time, though each has a name of its own. @default false */
  readonly dispensable?: boolean;
  /** Whether a slice's name leads to it before it is ready. @default false */
  readonly answersUnready?: boolean;
}

export interface Claim {
  readonly name: string;
  readonly mebibytes: number;
  readonly storageClassName?: string | undefined;
}

/** One StatefulSet with a pod for each slice, numbered from 1 as the slices are, and a Service for each slice's name. */
export function runOnSlices(role: Role, workload: Workload): k8s.KubeStatefulSet {
  const metadata = role._metadata(role.name);
  new k8s.KubeService(role.chart, 'pods', {
    metadata,
    // A pod's own name resolves from the start: a pair has to find each other before either is ready.
    spec: { clusterIp: 'None', selector: role._selector, ports: workload.ports, publishNotReadyAddresses: true },
  });
  for (const slice of role.slices) {
    const podName = slice.podName as string;
    new k8s.KubeService(role.chart, slice.name, {
      metadata: role._metadata(slice.name),
      spec: {
        selector: { ...role._selector, 'statefulset.kubernetes.io/pod-name': podName },
        // Only a headless Service may have no port.
        ...(workload.ports.length > 0 ? { ports: workload.ports } : { clusterIp: 'None' }),
        ...(workload.answersUnready ? { publishNotReadyAddresses: true } : {}),
      },
    });
  }
  addDisruptionBudget(role, workload.dispensable);
  const set = new k8s.KubeStatefulSet(role.chart, 'slices', {
    metadata,
    spec: {
      ...(workload.scaled ? {} : { replicas: role.slices.length }),
      ordinals: { start: 1 },
      serviceName: role.name,
      podManagementPolicy: 'Parallel',
      ...(workload.minReady ? { minReadySeconds: workload.minReady.toSeconds() } : {}),
      selector: { matchLabels: role._selector },
      template: podTemplate(role, role._labels, {
        ...workload,
        replaceable: !workload.claims,
        spread: true,
        most: role._ram - (workload.reserved ?? 0),
      }),
      ...volumeClaims(role, workload),
    },
  });
  if (!workload.claims) noteEvictable(role);
  checkSlices(role, set, workload);
  return set;
}

/** Checks the pods of a role's slices as Kubernetes gets them. */
export function checkSlices(role: Role, workload: ApiObject, { reserved = 0 }: Pick<Workload, 'reserved'>): void {
  const object = workload.toJson();
  checkMemory(role, object.spec.template.spec, reserved);
  checkSize(role, object);
}

/** At most one slice of a role is taken away at a time, or a share of many that have no work of their own; a sick one never stands in the way of a drain. */
export function addDisruptionBudget(role: Role, share = role._alike): void {
  if (role.slices.length < 2) return;
  new k8s.KubePodDisruptionBudget(role.chart, 'disruptions', {
    metadata: role._metadata(role.name),
    spec: {
      maxUnavailable: atATime(share ? role.slices.length : 1),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: role._selector },
    },
  });
}

function volumeClaims(role: Role, workload: Workload): Pick<k8s.StatefulSetSpec, 'volumeClaimTemplates'> {
  if (!workload.claims) return {};
  return {
    volumeClaimTemplates: workload.claims.map((claim) => ({
      // They cannot be changed as long as the StatefulSet is there.
      metadata: { name: claim.name, labels: ownLabels(role._selector) },
      spec: claimSpec(role, claim),
    })),
  };
}

/** A volume for one pod at a time. */
export function claimSpec(
  role: Role,
  { mebibytes: size, storageClassName }: Omit<Claim, 'name'>,
): k8s.PersistentVolumeClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    ...defined({ storageClassName: storageClassName ?? role._settings.storageClassName }),
    resources: { requests: { storage: k8s.Quantity.fromString(`${size}Mi`) } },
  };
}

/** The variables and arguments of all containers of a slice are in one object. */
function checkSize(role: Role, object: ReturnType<ApiObject['toJson']>): void {
  const bytes = appliedBytes(object);
  const { annotations, podAnnotations, podLabels } = role._settings.metadata;
  if (bytes <= LARGEST_APPLIED || [annotations, podAnnotations, podLabels].some(areTooLarge)) return;
  const why = `kubectl writes its slices' pod as that many, and Kubernetes takes ${LARGEST_APPLIED}`;
  problem(role, 'environment', `${bytes} bytes`, `${why}; put what is long into files`);
}

/**
 * A mistake of the library, not of its user: the pod of a slice is exactly as large as the slice. A known mistake of the user, such as less
 * RAM than the role needs, is reported instead.
 */
function checkMemory(
  role: Role,
  spec: { containers: RenderedContainer[]; initContainers?: RenderedContainer[] },
  reserved: number,
): void {
  const ram = role._ram;
  const memory = podMebibytes(spec) + reserved;
  if (memory === ram || role.node.validate().length > 0) return;
  throw new Error(`${role.node.path}: its containers take ${memory} MiB of a slice of ${ram} MiB`);
}

export interface RenderedContainer {
  readonly restartPolicy?: string;
  readonly resources: { readonly limits: { readonly memory: string } };
}

/** RAM that Kubernetes counts for a pod: containers and sidecars together, or an init container and the sidecars before it. */
export function podMebibytes(spec: { containers: RenderedContainer[]; initContainers?: RenderedContainer[] }): number {
  let sidecars = 0;
  let highest = 0;
  for (const init of spec.initContainers ?? []) {
    if (init.restartPolicy === 'Always') sidecars += mebibytes(init);
    else highest = Math.max(highest, sidecars + mebibytes(init));
  }
  return Math.max(highest, sidecars + spec.containers.reduce((sum, each) => sum + mebibytes(each), 0));
}

function mebibytes(container: RenderedContainer): number {
  return Number.parseInt(container.resources.limits.memory, 10);
}
