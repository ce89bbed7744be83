import type { k8s } from '../core/imports';
import { defined } from '../core/container';
import { OpenPort, allowFromAnywhere } from '../core/network';
import { checkAddress, problem } from '../core/problems';
import type { Balancer } from './balancer';
import type { BalancerProps } from './balancer-props';
import { FrontImplementation, FrontPorts } from './front-implementation';

/** Records an address where no load balancer is asked for one. */
export function refuseAddress(balancer: Balancer, { address }: BalancerProps): void {
  if (address !== undefined)
    problem(
      balancer,
      'address',
      address,
      'no load balancer is asked for it; leave it out, or write Front.loadBalancer()',
    );
}

/** An address of the cluster's load balancers. */
export class LoadBalancerFront implements FrontImplementation {
  public readonly name = 'Front.loadBalancer()';
  public readonly isProxy = false;

  public check(balancer: Balancer, { address }: BalancerProps): void {
    if (address === undefined) return;
    checkAddress(balancer, 'address', address);
    balancer._claims.push(`the address ${address}`);
  }

  public hosts(): string[] {
    return [];
  }

  public httpsOnly(tls: boolean): boolean {
    return tls;
  }

  public service({ address }: BalancerProps): Omit<k8s.ServiceSpec, 'ports'> {
    // `Local` keeps the client's own address, and lets only nodes with an active slice announce the site's.
    return { type: 'LoadBalancer', ...defined({ loadBalancerIp: address }), externalTrafficPolicy: 'Local' };
  }

  public nodePorts(): Partial<FrontPorts> {
    return {};
  }

  public allow(balancer: Balancer, ports: OpenPort[]): void {
    allowFromAnywhere(balancer, ports);
  }

  public object(): undefined {
    return undefined;
  }
}
