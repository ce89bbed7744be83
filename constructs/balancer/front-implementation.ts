import type { ApiObject } from 'cdk8s';
import type { k8s } from '../core/imports';
import type { OpenPort } from '../core/network';
import type { Balancer } from './balancer';
import type { BalancerCertificate } from './balancer-certificate';
import type { BalancerProps } from './balancer-props';
import type { Route } from './route';

/** The ports of the Service, by the names that it has for them. */
export interface FrontPorts {
  readonly http: number;
  /** None without TLS. */
  readonly https?: number;
}

/** A way for clients to reach a balancer. */
export interface FrontImplementation {
  /** Its name in a program. */
  readonly name: string;
  /** Whether it reads each request and passes it on: it then is the client that the balancers see, and has the certificates. */
  readonly isProxy: boolean;
  /** Records what is wrong. */
  check(balancer: Balancer, props: BalancerProps, routes: Route[]): void;
  /** Its hosts; none where every host reaches the balancers. */
  hosts(balancer: Balancer, routes: Route[]): string[];
  /** Whether requests by HTTP are led to HTTPS. */
  httpsOnly(tls: boolean): boolean;
  /** The Service that it leads to, without its ports' targets. */
  service(props: BalancerProps): Omit<k8s.ServiceSpec, 'ports'>;
  /** The ports of the nodes, where they are given. */
  nodePorts(): Partial<FrontPorts>;
  /** Lets its clients in. */
  allow(balancer: Balancer, ports: OpenPort[]): void;
  /** Its own object, which leads requests to the Service. */
  object(balancer: Balancer, hosts: string[], certificates: BalancerCertificate[]): ApiObject | undefined;
}
