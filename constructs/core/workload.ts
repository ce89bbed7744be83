import { ApiObject, Duration } from 'cdk8s';
import { k8s } from './imports';
import { Role } from './role';
import { LARGEST_APPLIED, appliedBytes } from './applied';
import { problem } from './problems';
import { defined } from './container';
import { ownLabels } from './labels';

/** What runs on the slices of a role. */
export interface Workload {
  readonly containers: k8s.Container[];
  /** Made by `sidecar()`: they run as long as the pod does. */
  readonly sidecars?: k8s.Container[];
  /** They run to their end, one after the other, after the sidecars have started. */
  readonly init?: k8s.Container[];
  readonly volumes?: k8s.Volume[];
  /** A volume of its own for each slice, which outlives its pod. */
  readonly claims?: Claim[];
  /** What a slice answers on, under its own name; a slice that only connects to others answers on none. */
  readonly ports: k8s.ServicePort[];
  /** How long a slice has to finish what it does when it is stopped. */
  readonly grace: Duration;
  /** The group that owns the files of its volumes. */
  readonly group?: number;
  /** How long a new slice has to be ready before the next one is replaced. @default 0 */
  readonly settle?: Duration;
  /** Whether its programs, which are not root, listen on ports below 1024. @default false */
  readonly unprivilegedPorts?: boolean;
  /** Whether something else says how many of the slices there are. @default false */
  readonly scaled?: boolean;
  /** MiB of a slice's RAM that the role gives to pods beside its slices. @default 0 */
  readonly reserved?: number;
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
    new k8s.KubeService(role.chart, slice.name, {
      metadata: role._metadata(slice.name),
      spec: {
        selector: { ...role._selector, 'statefulset.kubernetes.io/pod-name': slice.podName },
        // Only a headless Service may have no port.
        ...(workload.ports.length > 0 ? { ports: workload.ports } : { clusterIp: 'None' }),
        ...(workload.answersUnready ? { publishNotReadyAddresses: true } : {}),
      },
    });
  }
  addDisruptionBudget(role);
  const set = new k8s.KubeStatefulSet(role.chart, 'slices', {
    metadata,
    spec: {
      ...(workload.scaled ? {} : { replicas: role.slices.length }),
      ordinals: { start: 1 },
      serviceName: role.name,
      podManagementPolicy: 'Parallel',
      ...(workload.settle ? { minReadySeconds: workload.settle.toSeconds() } : {}),
      selector: { matchLabels: role._selector },
      template: { metadata: { labels: role._labels }, spec: podSpec(role, workload) },
      ...volumeClaims(role, workload),
    },
  });
  const object = set.toJson();
  checkMemory(role, object.spec.template.spec, workload.reserved ?? 0);
  checkSize(role, object);
  return set;
}

/**
 * With a node that dies go the lookups that its CoreDNS pod would have answered, half of all where there are two. A resolver's
 * own defaults wait for 5 s, twice, for each domain that it searches: 20 s until a program may try again, and here at most 4
 * (measured). The names of the site have dots enough to be asked as they are. Nothing but a DNS cache on each node loses none.
 */
const DNS_OPTIONS = [
  { name: 'ndots', value: '2' },
  { name: 'timeout', value: '1' },
  { name: 'attempts', value: '2' },
];

/** A pod of a role beside its slices, as of a Job. It is none of them, so it is not kept apart from them. */
export function podBeside(role: Role, workload: Omit<Workload, 'ports' | 'claims'>): k8s.PodSpec {
  const { topologySpreadConstraints: _, ...spec } = podSpec(role, workload);
  return spec;
}

/** The pod of a slice. */
function podSpec(role: Role, workload: Omit<Workload, 'ports' | 'claims'>): k8s.PodSpec {
  const init = [...(workload.sidecars ?? []), ...(workload.init ?? [])];
  return {
    serviceAccountName: role.name,
    automountServiceAccountToken: false,
    // Service environment variables grow with the namespace and change what a program sees.
    enableServiceLinks: false,
    dnsConfig: { options: DNS_OPTIONS },
    terminationGracePeriodSeconds: workload.grace.toSeconds(),
    securityContext: {
      seccompProfile: { type: 'RuntimeDefault' },
      ...(workload.unprivilegedPorts ? { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] } : {}),
      ...(workload.group === undefined ? {} : { fsGroup: workload.group, fsGroupChangePolicy: 'OnRootMismatch' }),
    },
    ...defined({ priorityClassName: role.site.priorityClassName }),
    topologySpreadConstraints: spread(role._selector),
    ...(init.length > 0 ? { initContainers: init } : {}),
    containers: workload.containers,
    ...(workload.volumes && workload.volumes.length > 0 ? { volumes: workload.volumes } : {}),
  };
}

/**
 * Spreads pods with these labels evenly over the nodes that take them: two run on one only where there is no other. A node with
 * a taint that they do not tolerate, as a control plane has, would count as one without any of them, and every other would take
 * one alone. A node that is drained does not count either, so that its slice moves to its peer's where there is no third.
 */
export function spread(matchLabels: Record<string, string>): k8s.TopologySpreadConstraint[] {
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    nodeTaintsPolicy: 'Honor',
    labelSelector: { matchLabels },
  });
  return [over('kubernetes.io/hostname', 'DoNotSchedule'), over('topology.kubernetes.io/zone', 'ScheduleAnyway')];
}

/** At most one slice of a role is taken away at a time; a sick one never stands in the way of a drain. */
function addDisruptionBudget(role: Role): void {
  if (role.slices.length < 2) return;
  new k8s.KubePodDisruptionBudget(role.chart, 'disruptions', {
    metadata: role._metadata(role.name),
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
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
    ...defined({ storageClassName: storageClassName ?? role.site.storageClassName }),
    resources: { requests: { storage: k8s.Quantity.fromString(`${size}Mi`) } },
  };
}

/** The variables and arguments of all containers of a slice are in one object. */
function checkSize(role: Role, object: ReturnType<ApiObject['toJson']>): void {
  const bytes = appliedBytes(object);
  if (bytes <= LARGEST_APPLIED) return;
  const why = `kubectl writes its slices' pod as that many, and Kubernetes takes ${LARGEST_APPLIED}`;
  problem(role, 'environment', `${bytes} bytes`, `${why}; put what is long into files`);
}

/**
 * A mistake of the library, not of its user: the pod of a slice is exactly as large as the slice. Where the user has made one
 * that is known, as with less RAM than the role needs, that is what is said.
 */
function checkMemory(
  role: Role,
  spec: { containers: RenderedContainer[]; initContainers?: RenderedContainer[] },
  reserved: number,
): void {
  const ram = role._mebibytes;
  const memory = podMebibytes(spec) + reserved;
  if (memory === ram || role.node.validate().length > 0) return;
  throw new Error(`${role.node.path}: its containers take ${memory} MiB of a slice of ${ram} MiB`);
}

export interface RenderedContainer {
  readonly restartPolicy?: string;
  readonly resources: { readonly limits: { readonly memory: string } };
}

/** What Kubernetes counts for a pod: containers and sidecars together, or an init container and the sidecars before it. */
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
