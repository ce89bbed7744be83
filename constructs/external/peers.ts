import { ApiObject } from 'cdk8s';
import { isIP, isIPv4 } from 'node:net';
import { hasAddress } from '../core/cidr';
import { checkLabelTexts } from '../core/labels';
import { CLUSTER, PodGroup, allowEgress, policyPort } from '../core/network';
import { checkName, checkNetworks, problem } from '../core/problems';
import type { ExternalService } from './external-service';
import { Server, isServerHost } from './server';

/** The other end of a policy. */
export interface Peer {
  /** Reports faults of its properties. */
  check(service: ExternalService, servers: Server[]): void;
  /** Lets pods connect to the servers. */
  allow(from: PodGroup, service: ExternalService, servers: Server[]): void;
}

/** The addresses that stand in place of names. */
export class AddressPeer implements Peer {
  public check(service: ExternalService, servers: Server[]): void {
    for (const { host, property } of servers.filter((each) => isIP(each.host) === 0 && isServerHost(each.host)))
      problem(
        service,
        property,
        host,
        'a NetworkPolicy knows no names; write its addresses, as peer: ExternalPeer.cidrs([...]), or ExternalPeer.ciliumFqdn()',
      );
  }

  public allow(from: PodGroup, service: ExternalService, servers: Server[]): void {
    const rules = servers
      .filter(({ host }) => isIP(host) !== 0)
      .map(({ host, port }) => ({
        to: [{ ipBlock: { cidr: `${host}/${isIPv4(host) ? 32 : 128}` } }],
        ports: [policyPort({ port })],
      }));
    allowEgress(from, service.name, rules);
  }
}

/** Networks. */
export class CidrPeer implements Peer {
  constructor(private readonly cidrs: string[]) {}

  public check(service: ExternalService, servers: Server[]): void {
    checkNetworks(service, 'peer', this.cidrs);
    if (!this.cidrs.every((cidr) => isIPv4(cidr.split('/')[0] ?? '')) || this.cidrs.length === 0) return;
    for (const { host, property } of servers.filter((each) => isIPv4(each.host)))
      if (!this.cidrs.some((cidr) => hasAddress(cidr, host)))
        problem(
          service,
          property,
          host,
          `it is in none of ${this.cidrs.join(', ')}; leave peer out, or add its network`,
        );
  }

  public allow(from: PodGroup, service: ExternalService, servers: Server[]): void {
    const to = this.cidrs.map((cidr) => ({ ipBlock: { cidr } }));
    allowEgress(from, service.name, [{ to, ports: portsOf(servers).map((port) => policyPort({ port })) }]);
  }
}

/** Pods of another namespace. */
export class PodPeer implements Peer {
  constructor(
    private readonly namespace: string,
    private readonly labels: Record<string, string>,
  ) {}

  public check(service: ExternalService): void {
    checkName(service, 'peer', this.namespace);
    checkLabelTexts(service, 'peer', this.labels);
    // A policy that selects by no label opens the whole namespace.
    if (Object.keys(this.labels).length === 0)
      problem(service, 'peer', this.namespace, "write the labels of its pods, as { app: 'mysql' }");
  }

  public allow(from: PodGroup, service: ExternalService, servers: Server[]): void {
    const peer = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': this.namespace } },
      podSelector: { matchLabels: this.labels },
    };
    allowEgress(from, service.name, [{ to: [peer], ports: portsOf(servers).map((port) => policyPort({ port })) }]);
  }
}

/** Names, which Cilium compares with the lookups that its DNS proxy sees (docs.cilium.io, "DNS based"). */
export class FqdnPeer implements Peer {
  public check(service: ExternalService, servers: Server[]): void {
    for (const { host, property } of servers) {
      if (isIP(host) !== 0) problem(service, property, host, 'it is an address, which needs no name; leave peer out');
      else if (isServerHost(host) && !host.includes('.'))
        problem(service, property, host, "write the whole name, such as 'db.example.net'");
    }
  }

  public allow(from: PodGroup, service: ExternalService, servers: Server[]): void {
    const id = `external-${from.name}-${service.name}`;
    if (from.chart.node.tryFindChild(id)) return;
    const { dnsPods = CLUSTER.dnsPods } = service.site._cluster;
    const lookups = dnsPods.map(({ namespace, labels, port = 53 }) => ({
      toEndpoints: [{ matchLabels: { ...ofKubernetes(labels), 'k8s:io.kubernetes.pod.namespace': namespace } }],
      toPorts: [{ ports: [{ port: String(port), protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
    }));
    const connections = servers.map(({ host, port }) => ({
      toFQDNs: [{ matchName: host }],
      toPorts: [{ ports: [{ port: String(port), protocol: 'TCP' }] }],
    }));
    new ApiObject(from.chart, id, {
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: from._metadata(`${from.name}-to-${service.name}`),
      spec: { endpointSelector: { matchLabels: from._selector }, egress: [...lookups, ...connections] },
    });
  }
}

function ofKubernetes(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`k8s:${key}`, value]));
}

function portsOf(servers: Server[]): number[] {
  return [...new Set(servers.map(({ port }) => port))];
}
