import type { V1Ingress, V1Pod, V1Service, V1ServicePort } from '@kubernetes/client-node' with {
  'resolution-mode': 'import',
};
import { NAME, PART_OF, ROLE_LABEL } from '../contract/labels';
import { Cluster, Gateway, HttpRoute } from './cluster';

/** Where visitors reach a role of a site. */
export interface Address {
  readonly role: string | undefined;
  /** The kind of the object that leads there: a Service, an Ingress or an HTTPRoute. */
  readonly kind: string;
  /** What it is called. */
  readonly object: string;
  /** Names or addresses to connect to; none where the cluster has given none. */
  readonly addresses: string[];
  readonly ports: number[];
  /** Hosts whose requests come in; none where every host's do. */
  readonly hosts: string[];
  /** Why nobody reaches it; undefined where there are addresses. */
  readonly problem?: string;
}

/** The addresses of sites: of their load balancers, the ports of their nodes, their Ingresses and their Gateways. */
export async function addressesOf(cluster: Cluster, labelSelector: string): Promise<Address[]> {
  const [services, ingresses, routes] = await Promise.all([
    cluster.services(labelSelector),
    cluster.ingresses(labelSelector),
    cluster.httpRoutes(labelSelector),
  ]);
  const nodePorts = services.filter(({ spec }) => spec?.type === 'NodePort');
  const pods = nodePorts.length > 0 ? await cluster.pods(labelSelector) : [];
  return [
    ...services.filter(({ spec }) => spec?.type === 'LoadBalancer').map(ofLoadBalancer),
    ...(await Promise.all(nodePorts.map((each) => ofNodePort(each, pods, cluster)))),
    ...ingresses.map(ofIngress),
    ...(await Promise.all(routes.map((each) => ofRoute(each, cluster)))),
  ];
}

/** `lb answers at 192.0.2.7, port 80, 443, for example.org`, or why it does not. */
export function sentence({ role, kind, object, addresses, ports, hosts, problem }: Address): string {
  const through = kind === 'Service' ? '' : ` (${kind} ${object})`;
  const of = hosts.length > 0 ? `, for ${hosts.join(', ')}` : '';
  if (problem !== undefined) return `${role} answers at no address yet${of}${through}: ${problem}`;
  return `${role} answers at ${addresses.join(', ')}, port ${ports.join(', ')}${of}${through}`;
}

type Metadata = V1Service['metadata'];

function begun(kind: string, metadata: Metadata): Pick<Address, 'role' | 'kind' | 'object'> {
  return { role: metadata?.labels?.[NAME], kind, object: metadata?.name ?? '' };
}

/** With the problem where there is no address. */
function checked(address: Omit<Address, 'problem'>, problem: string): Address {
  return address.addresses.length > 0 ? address : { ...address, problem };
}

function given(ingress: readonly { hostname?: string; ip?: string }[] | undefined): string[] {
  return (ingress ?? []).flatMap(({ hostname, ip }) => hostname ?? ip ?? []);
}

function ofLoadBalancer({ metadata, spec, status }: V1Service): Address {
  return checked(
    {
      ...begun('Service', metadata),
      addresses: given(status?.loadBalancer?.ingress),
      ports: (spec?.ports ?? []).map(({ port }) => port),
      hosts: [],
    },
    'the cluster needs something that gives Services of type LoadBalancer one',
  );
}

/** Nodes with an active slice alone answer (`externalTrafficPolicy: Local`). */
async function ofNodePort({ metadata, spec }: V1Service, pods: readonly V1Pod[], cluster: Cluster): Promise<Address> {
  const own = pods.filter(({ metadata: of, status }) => {
    const part = of?.labels?.[ROLE_LABEL] ?? 'active';
    const isReady = status?.conditions?.some(({ type, status: now }) => type === 'Ready' && now === 'True');
    return part === 'active' && isReady && isOfSameRole(of, metadata);
  });
  const addresses = await Promise.all(own.map((pod) => addressOfNode(pod, cluster)));
  return checked(
    {
      ...begun('Service', metadata),
      addresses: [...new Set(addresses.flatMap((each) => each ?? []))],
      ports: (spec?.ports ?? []).flatMap(({ nodePort }: V1ServicePort) => nodePort ?? []),
      hosts: [],
    },
    'no node has an active slice that is ready',
  );
}

function isOfSameRole(pod: Metadata, service: Metadata): boolean {
  return (
    pod?.namespace === service?.namespace &&
    [NAME, PART_OF].every((label) => pod?.labels?.[label] === service?.labels?.[label])
  );
}

/** The address by which a pod's node is reached from outside, or else inside, where that is all that one may know. */
async function addressOfNode({ spec, status }: V1Pod, cluster: Cluster): Promise<string | undefined> {
  const node = spec?.nodeName === undefined ? undefined : await cluster.node(spec.nodeName);
  const outside = node?.status?.addresses?.find(({ type }) => type === 'ExternalIP');
  return outside?.address ?? status?.hostIP;
}

function ofIngress({ metadata, spec, status }: V1Ingress): Address {
  const className = spec?.ingressClassName ?? '';
  return checked(
    {
      ...begun('Ingress', metadata),
      addresses: given(status?.loadBalancer?.ingress),
      ports: spec?.tls?.length ? [80, 443] : [80],
      hosts: (spec?.rules ?? []).flatMap(({ host }) => host ?? []),
    },
    `the controller of class '${className}' has not published one`,
  );
}

async function ofRoute({ metadata, spec, status }: HttpRoute, cluster: Cluster): Promise<Address> {
  const parents = spec.parentRefs ?? [];
  const gateways = await Promise.all(
    parents.map(async ({ name, namespace = metadata.namespace ?? '', sectionName }) => ({
      named: `${namespace}/${name}`,
      sectionName,
      gateway: await cluster.gateway(namespace, name),
    })),
  );
  const listeners = gateways.flatMap(({ gateway, sectionName }) =>
    (gateway?.spec.listeners ?? []).filter(({ name }) => sectionName === undefined || sectionName === name),
  );
  const address = {
    ...begun('HTTPRoute', metadata),
    addresses: gateways.flatMap(({ gateway }) => addressesOfGateway(gateway)),
    ports: [...new Set(listeners.map(({ port }) => port))],
    hosts: spec.hostnames ?? [],
  };
  // A Gateway may have an address while it does not let this route join.
  const refused = (status?.parents ?? [])
    .flatMap(({ conditions = [] }) => conditions)
    .find(({ type, status: now }) => type === 'Accepted' && now === 'False');
  if (refused) return { ...address, problem: `its Gateway refuses it: ${refused.message || refused.reason}` };
  const unseen = gateways.find(({ gateway }) => gateway === undefined);
  return checked(
    address,
    unseen
      ? `there is no Gateway ${unseen.named}, or you may not read it`
      : `the Gateway ${gateways.map(({ named }) => named).join(', ')} has none`,
  );
}

function addressesOfGateway(gateway: Gateway | undefined): string[] {
  return (gateway?.status?.addresses ?? []).map(({ value }) => value);
}
