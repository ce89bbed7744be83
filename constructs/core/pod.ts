import { Duration } from 'cdk8s';
import type { SchedulingProps } from './common-props';
import { k8s } from './imports';
import type { Role } from './role';
import { defined } from './container';
import { containersOf } from './pod-containers';
import { needsAddresses } from './service-address';

/** The contents of a pod of a role. */
export interface Pod {
  readonly containers: k8s.Container[];
  /** Made by `sidecar()`: they run as long as the pod does. */
  readonly sidecars?: k8s.Container[];
  /** They run to their end, one after the other, after the sidecars have started. */
  readonly init?: k8s.Container[];
  /** RAM of containers that are added to the pod later, as an agent is, in MiB. @default - none are added */
  readonly added?: number[];
  /** RAM of the pod, in MiB. @default - what its containers take */
  readonly most?: number;
  /** Thousandths of a core that its first container asks for. @default - by the role's common properties */
  readonly cpuMillis?: number;
  /** Scheduling that replaces the role's, property by property. @default - the role's */
  readonly scheduling?: SchedulingProps;
  readonly volumes?: k8s.Volume[];
  /** Names of volumes that the pod has by claims. */
  readonly claims?: { readonly name: string }[];
  /** The time that it has to finish its work when it is stopped. */
  readonly grace: Duration;
  /** The group that owns the files of its volumes. */
  readonly group?: number;
  /** Whether its programs, which are not root, listen on ports below 1024. @default false */
  readonly unprivilegedPorts?: boolean;
  /** Whether a connection that keeps alive is given up 5 s after the machine at its other end has died. @default false */
  readonly givesUpDead?: boolean;
  /** Whether another pod replaces it as soon as Kubernetes knows that its node is lost, since it keeps nothing. @default false */
  readonly replaceable?: boolean;
  /** Whether the pods with its labels are spread over nodes, as slices are. @default false */
  readonly spread?: boolean;
}

/**
 * Lookups that a dead node's CoreDNS pod would have answered are lost: half of all where there are two. A resolver's own defaults wait for
 * 5 s, twice, for each domain that it searches: 20 s until a program may try again. Here it is at most 4 (measured). The site's names have
 * dots enough to be asked as they are. Only a DNS cache on each node loses none.
 */
export const DNS_OPTIONS = [
  { name: 'ndots', value: '2' },
  { name: 'timeout', value: '1' },
  { name: 'attempts', value: '2' },
];

/** A pod template, whole. */
export interface PodTemplate extends k8s.PodTemplateSpec {
  readonly metadata: k8s.ObjectMeta;
  readonly spec: k8s.PodSpec;
}

/** The pods of a role with these labels: every pod is made here, so that each has the role's common properties. */
export function podTemplate(role: Role, labels: Record<string, string>, pod: Pod): PodTemplate {
  const { podLabels, podAnnotations: annotations } = role._settings.metadata;
  return {
    metadata: { labels: { ...podLabels, ...labels }, ...defined({ annotations }) },
    spec: podSpec(role, pod),
  };
}

function podSpec(role: Role, pod: Pod): k8s.PodSpec {
  const { pods } = role._settings;
  const { init, containers } = containersOf(role, pod);
  const volumes = [...(pod.volumes ?? []), ...(pods.volumes ?? [])];
  const group = pods.platformUserIds ? undefined : pod.group;
  return {
    serviceAccountName: role.name,
    automountServiceAccountToken: false,
    // Variables for each Service grow with the namespace and change what a program sees: only those get them that refer to one.
    enableServiceLinks: needsAddresses(volumes),
    dnsConfig: { options: DNS_OPTIONS },
    terminationGracePeriodSeconds: pod.grace.toSeconds(),
    securityContext: {
      seccompProfile: { type: 'RuntimeDefault' },
      ...sysctlsOf(pod),
      ...(group === undefined ? {} : { fsGroup: group, fsGroupChangePolicy: 'OnRootMismatch' }),
    },
    ...placement(role, pod.scheduling),
    ...(pod.replaceable ? tolerations(role, pod.scheduling) : {}),
    ...(pod.spread ? { topologySpreadConstraints: spread(role._selector) } : {}),
    ...(init.length > 0 ? { initContainers: init } : {}),
    containers,
    ...(volumes.length > 0 ? { volumes } : {}),
  };
}

/** Kubernetes calls all of them safe. */
function sysctlsOf({ unprivilegedPorts, givesUpDead }: Pod): Pick<k8s.PodSecurityContext, 'sysctls'> {
  const wanted: Record<string, number> = {
    ...(unprivilegedPorts ? { 'net.ipv4.ip_unprivileged_port_start': 0 } : {}),
    ...(givesUpDead ? KEEPALIVE : {}),
  };
  const sysctls = Object.entries(wanted).map(([name, value]) => ({ name, value: String(value) }));
  return sysctls.length > 0 ? { sysctls } : {};
}

/**
 * A connection is probed each second once nothing came for one, and given up after four probes. A network that loses 30 % of its packets
 * loses four probes or answers in a row in 7 of 100 cases. That ends only a connection on which nothing else comes.
 */
const KEEPALIVE = {
  'net.ipv4.tcp_keepalive_time': 1,
  'net.ipv4.tcp_keepalive_intvl': 1,
  'net.ipv4.tcp_keepalive_probes': 4,
};

/** The placement of a role's pods on nodes, and other fields of a pod outside its containers that its common properties set. */
export function placement(role: Role, own: SchedulingProps = {}): Omit<k8s.PodSpec, 'containers'> {
  const { scheduling, images, pods } = role._settings;
  const {
    priorityClassName,
    nodeSelector,
    tolerations: tolerated,
    affinity,
    runtimeClassName,
  } = { ...scheduling, ...own };
  const { hostAliases } = pods;
  const imagePullSecrets = images.pullSecrets?.map((name) => ({ name }));
  return defined({
    priorityClassName,
    nodeSelector,
    tolerations: tolerated,
    affinity,
    runtimeClassName,
    imagePullSecrets,
    hostAliases,
  }) as Omit<k8s.PodSpec, 'containers'>;
}

/**
 * Kubernetes notices a lost node after 40 to 50 s, and then waits for another 300 by default before it replaces the node's pods. A network
 * that fails for seconds is no longer a reason to wait by then. A toleration of the user takes precedence.
 */
function tolerations(role: Role, of: SchedulingProps = {}): Pick<k8s.PodSpec, 'tolerations'> {
  const own = of.tolerations ?? role._settings.scheduling.tolerations ?? [];
  const lost = ['not-ready', 'unreachable'].map((state) => `node.kubernetes.io/${state}`);
  const left = lost.filter(
    (key) => !own.some((each) => (each.key ?? key) === key && (each.effect ?? EVICTS) === EVICTS),
  );
  const brief = left.map((key) => ({ key, operator: 'Exists', effect: EVICTS, tolerationSeconds: 5 }));
  return { tolerations: [...own, ...brief] };
}

const EVICTS = 'NoExecute';

/**
 * Spreads pods with these labels evenly over the nodes that take them: two share a node only where there is no other. A node with a taint
 * that they do not tolerate, as a control plane has, would count as a node without any of them. Every other node would then take one alone.
 * A drained node does not count either, so that its slice moves to its peer's node where there is no third.
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
