import { Chart } from 'cdk8s';
import { k8s } from './imports';
import type { ClusterProps, DnsPods } from './cluster';
import type { Role } from './role';

/** A port that one role opens to another. */
export interface OpenPort {
  readonly port: number;
  /** @default TCP */
  readonly protocol?: string;
}

/** The pods at one end of a connection: of a role, or of a Job of a role. */
export interface PodGroup {
  readonly name: string;
  readonly namespace: string;
  readonly chart: Chart;
  readonly _selector: Record<string, string>;
  /** Whether there are no such pods, so that a policy would select none. @default false */
  readonly _podless?: boolean;
  _metadata(name: string): k8s.ObjectMeta;
}

/** Lets the pods of one role connect to another's, on these ports alone: a policy at either end. */
export function allow(from: PodGroup, to: PodGroup, ports: OpenPort[]): void {
  const id = `${from.name}-to-${to.name}`;
  // A policy whose list of ports is empty opens all of them.
  if (ports.length === 0) return;
  if (from.chart.node.tryFindChild(`egress-${id}`)) return;
  new k8s.KubeNetworkPolicy(from.chart, `egress-${id}`, {
    metadata: from._metadata(`${from.name}-to-${to.name}`),
    spec: {
      podSelector: { matchLabels: from._selector },
      policyTypes: ['Egress'],
      egress: [{ to: [peer(to, from)], ports: ports.map(policyPort) }],
    },
  });
  // Another of the same name, which findNameClashes() reports, has opened it.
  if (to.chart.node.tryFindChild(`ingress-${id}`)) return;
  new k8s.KubeNetworkPolicy(to.chart, `ingress-${id}`, {
    metadata: to._metadata(`${to.name}-from-${from.name}`),
    spec: {
      podSelector: { matchLabels: to._selector },
      policyTypes: ['Ingress'],
      ingress: [{ from: [peer(from, to)], ports: ports.map(policyPort) }],
    },
  });
}

/** Lets anyone in, on these ports: for roles that face the world. */
export function allowFromAnywhere(to: Role, ports: OpenPort[]): void {
  addIngress(to, 'ingress-world', `${to.name}-from-anywhere`, [{ ports: ports.map(policyPort) }]);
}

/** Lets in these peers alone, which are not the site's: a controller of the cluster. */
export function allowFromPeers(to: Role, name: string, peers: k8s.NetworkPolicyPeer[], ports: OpenPort[]): void {
  // A rule without peers lets everyone in; what is wrong with them is reported.
  if (peers.length === 0) return;
  // In place of the policy by which the world came in before: `kubectl apply` removes nothing.
  addIngress(to, 'ingress-world', `${to.name}-from-anywhere`, []);
  addIngress(to, `ingress-${name}`, `${to.name}-from-${name}`, [{ from: peers, ports: ports.map(policyPort) }]);
}

function addIngress(to: Role, id: string, name: string, ingress: k8s.NetworkPolicyIngressRule[]): void {
  new k8s.KubeNetworkPolicy(to.chart, id, {
    metadata: to._metadata(name),
    spec: { podSelector: { matchLabels: to._selector }, policyTypes: ['Ingress'], ingress },
  });
}

/** An address outside the cluster, or a part of the network there. */
export interface OutsidePort extends OpenPort {
  readonly cidr: string;
  readonly except?: string[];
}

/** Lets the pods of a role connect to these addresses out of the cluster, and to nothing else there. */
export function allowOutside(from: PodGroup, ports: OutsidePort[]): void {
  if (ports.length === 0 || from._podless) return;
  new k8s.KubeNetworkPolicy(from.chart, `outside-${from.name}`, {
    metadata: from._metadata(`${from.name}-to-outside`),
    spec: {
      podSelector: { matchLabels: from._selector },
      policyTypes: ['Egress'],
      egress: ports.map(({ cidr, except, ...open }) => ({
        to: [{ ipBlock: except ? { cidr, except } : { cidr } }],
        ports: [policyPort(open)],
      })),
    },
  });
}

/** Lets the pods of a role connect to a server that is not the site's. */
export function allowEgress(from: PodGroup, to: string, egress: k8s.NetworkPolicyEgressRule[]): void {
  const id = `external-${from.name}-${to}`;
  // A policy without a rule would say nothing, and its faults are reported.
  if (egress.length === 0 || from.chart.node.tryFindChild(id)) return;
  new k8s.KubeNetworkPolicy(from.chart, id, {
    metadata: from._metadata(`${from.name}-to-${to}`),
    spec: { podSelector: { matchLabels: from._selector }, policyTypes: ['Egress'], egress },
  });
}

/**
 * The rule for the API server: at the Service's port, and at the port behind it, which most network plugins compare. Without given
 * addresses, it allows any.
 */
export function toApiServer(
  apiServer: string[] | undefined,
  numbers: number[] = CLUSTER.apiServerPorts,
): k8s.NetworkPolicyEgressRule {
  const ports = numbers.map((port) => policyPort({ port }));
  return apiServer ? { to: apiServer.map((cidr) => ({ ipBlock: { cidr } })), ports } : { ports };
}

/** Lets pods reach the API server. */
export function allowApiServer(from: PodGroup, apiServer: string[] | undefined, ports?: number[]): void {
  new k8s.KubeNetworkPolicy(from.chart, `api-server-${from.name}`, {
    metadata: from._metadata(`${from.name}-to-api-server`),
    spec: {
      podSelector: { matchLabels: from._selector },
      policyTypes: ['Egress'],
      egress: [toApiServer(apiServer, ports)],
    },
  });
}

/** Lets in pods of a namespace that is not the site's, such as an operator's that has to ask a slice something. */
export function allowFromNamespace(
  to: PodGroup,
  namespace: string,
  labels: Record<string, string>,
  ports: OpenPort[],
): void {
  const id = `ingress-namespace-${namespace}`;
  if (ports.length === 0 || to.chart.node.tryFindChild(id)) return;
  new k8s.KubeNetworkPolicy(to.chart, id, {
    metadata: to._metadata(`${to.name}-from-${namespace}`),
    spec: {
      podSelector: { matchLabels: to._selector },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
              podSelector: { matchLabels: labels },
            },
          ],
          ports: ports.map(policyPort),
        },
      ],
    },
  });
}

/** Properties of most clusters. */
export const CLUSTER = {
  dnsPods: [
    { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    { namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' }, port: 5353 },
  ] as DnsPods[],
  dnsAddresses: ['169.254.20.10/32'],
  apiServerPorts: [443, 6443, 8443, 16_443],
};

/**
 * Denies these pods all traffic that no other policy allows, but for lookups at the cluster's DNS.
 *
 * @param selector Selects pods of the namespace; all where it is empty.
 */
export function denyByDefault(
  chart: Chart,
  metadata: (name: string) => k8s.ObjectMeta,
  selector: Record<string, string>,
  { dnsPods = CLUSTER.dnsPods, dnsAddresses = CLUSTER.dnsAddresses }: ClusterProps,
): void {
  const { namespace } = metadata('');
  const podSelector = Object.keys(selector).length > 0 ? { matchLabels: selector } : {};
  new k8s.KubeNetworkPolicy(chart, `deny-${namespace}`, {
    metadata: metadata('deny-by-default'),
    spec: { podSelector, policyTypes: ['Ingress', 'Egress'] },
  });
  const ports = [...new Set([53, ...dnsPods.map(({ port = 53 }) => port)])];
  new k8s.KubeNetworkPolicy(chart, `dns-${namespace}`, {
    metadata: metadata('allow-dns'),
    spec: {
      podSelector,
      policyTypes: ['Egress'],
      egress: ports
        .map((port) => ({
          to: [
            ...dnsPods.filter((each) => (each.port ?? 53) === port).map(dnsPeer),
            ...(port === 53 ? dnsAddresses.map((cidr) => ({ ipBlock: { cidr } })) : []),
          ],
          ports: ['UDP', 'TCP'].map((protocol) => policyPort({ port, protocol })),
        }))
        .filter(({ to }) => to.length > 0),
    },
  });
}

function dnsPeer({ namespace, labels }: DnsPods): k8s.NetworkPolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  };
}

function peer(of: PodGroup, seenFrom: PodGroup): k8s.NetworkPolicyPeer {
  const podSelector = { matchLabels: of._selector };
  return of.namespace === seenFrom.namespace
    ? { podSelector }
    : { podSelector, namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': of.namespace } } };
}

/** A port as a policy has it. */
export function policyPort(open: OpenPort): k8s.NetworkPolicyPort {
  return { port: k8s.IntOrString.fromNumber(open.port), protocol: open.protocol ?? 'TCP' };
}
