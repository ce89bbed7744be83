import type { ApiObject } from 'cdk8s';
import type { k8s } from '../core/imports';
import { OpenPort, allowFromPeers } from '../core/network';
import { problem } from '../core/problems';
import type { Balancer } from './balancer';
import type { BalancerCertificate } from './balancer-certificate';
import type { BalancerProps } from './balancer-props';
import { FrontImplementation, FrontPorts } from './front-implementation';
import type { ProxyFrontProps } from './front-props';
import { refuseAddress } from './load-balancer-front';
import type { Route } from './route';
import { coversHost, isHost } from './route-table';

/** A controller that reads each request, and passes it on to the balancers by HTTP. */
export abstract class ProxyFront implements FrontImplementation {
  public abstract readonly name: string;
  public readonly isProxy = true;

  constructor(private readonly proxy: ProxyFrontProps) {}

  public check(balancer: Balancer, props: BalancerProps, routes: Route[]): void {
    refuseAddress(balancer, props);
    this.proxy.controller._check(balancer);
    const { hosts } = this.proxy;
    if (hosts?.length === 0) problem(balancer, 'front.hosts', hosts, 'name one or more, or leave it out');
    for (const host of hosts ?? []) checkHost(balancer, host);
    for (const host of new Set(routes.flatMap(({ _host }) => _host ?? [])))
      if (hosts && !coversHost(hosts, host))
        problem(balancer, 'routes.host', host, 'no request for it passes the front; add it to the hosts of that');
  }

  public hosts(balancer: Balancer, routes: Route[]): string[] {
    const { hosts = [balancer.site.domain, ...routes.flatMap(({ _host }) => _host ?? [])] } = this.proxy;
    return [...new Set(hosts)];
  }

  public httpsOnly(tls: boolean): boolean {
    return this.proxy.httpsOnly ?? tls;
  }

  public service(): Omit<k8s.ServiceSpec, 'ports'> {
    return { type: 'ClusterIP' };
  }

  public nodePorts(): Partial<FrontPorts> {
    return {};
  }

  public allow(balancer: Balancer, ports: OpenPort[]): void {
    allowFromPeers(balancer, 'front', this.proxy.controller._peers, ports);
  }

  public abstract object(balancer: Balancer, hosts: string[], certificates: BalancerCertificate[]): ApiObject;
}

function checkHost(balancer: Balancer, host: string): void {
  if (!isHost(host)) {
    const instead = "write a host in lower case without a port, such as 'www.example.org' or '*.example.org'";
    problem(balancer, 'front.hosts', host, instead);
  }
}
