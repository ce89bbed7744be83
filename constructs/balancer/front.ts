import { FrontImplementation } from './front-implementation';
import { GatewayProps, IngressProps, NodePortProps } from './front-props';
import { GatewayFront } from './gateway-front';
import { IngressFront } from './ingress-front';
import { LoadBalancerFront } from './load-balancer-front';
import { NodePortFront } from './node-port-front';
import { checked } from '../core/inputs/checked';

/** How requests from outside the cluster reach a `Balancer`. */
@checked
export class Front {
  /** An address of its own, by a Service of type LoadBalancer. Balancers see each client's address. */
  public static loadBalancer(): Front {
    return new Front(new LoadBalancerFront());
  }

  /**
   * A port of each node that runs an active balancer, by a Service of type NodePort. Other nodes do not answer.
   *
   * For a load balancer outside of Kubernetes that tries each node. Balancers see its address, or that of each client.
   */
  public static nodePort(props: NodePortProps = {}): Front {
    return new Front(new NodePortFront(props));
  }

  /**
   * An Ingress, for the ingress controller of the cluster, which has the address and the certificates.
   *
   * The balancers let nobody else in, and believe the controller who its client is. Perlbal believes nobody, so that it is an error.
   */
  public static ingress(props: IngressProps): Front {
    return new Front(new IngressFront(props));
  }

  /**
   * An HTTPRoute, for a Gateway of the cluster, whose listeners have the addresses and the certificates.
   *
   * The balancers let nobody else in, and believe the controller who its client is. Perlbal believes nobody, so that it is an error.
   */
  public static gateway(props: GatewayProps): Front {
    return new Front(new GatewayFront(props));
  }

  private constructor(
    /** @internal */
    public readonly _implementation: FrontImplementation,
  ) {}
}
