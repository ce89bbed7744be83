import { gatewayapi } from '../core/imports';
import { defined } from '../core/container';
import { checkName, problem } from '../core/problems';
import { checkObjectName } from '../core/values';
import type { Balancer } from './balancer';
import type { BalancerProps } from './balancer-props';
import type { GatewayProps } from './front-props';
import { ProxyFront } from './proxy-front';
import type { Route } from './route';

/** Names that an HTTPRoute takes: `maxItems` of `hostnames` in its CRD. */
const MOST_HOSTS = 16;

/** An HTTPRoute to the balancers' Service. */
export class GatewayFront extends ProxyFront {
  public readonly name = 'Front.gateway()';

  constructor(private readonly gateway: GatewayProps) {
    super(gateway);
  }

  public override check(balancer: Balancer, props: BalancerProps, routes: Route[]): void {
    super.check(balancer, props, routes);
    const hosts = this.hosts(balancer, routes);
    if (hosts.length > MOST_HOSTS)
      problem(
        balancer,
        'front.hosts',
        hosts.length,
        `an HTTPRoute takes ${MOST_HOSTS}; write hosts with '*.example.org' for many of them`,
      );
    const { name, namespace, sectionName } = this.gateway.parentRef;
    checkObjectName(balancer, 'front.parentRef.name', name);
    if (namespace !== undefined) checkName(balancer, 'front.parentRef.namespace', namespace);
    if (sectionName !== undefined) checkObjectName(balancer, 'front.parentRef.sectionName', sectionName);
    const instead = "the Gateway's listeners have the certificates; leave it out, or write Front.ingress()";
    if (props.tls) problem(balancer, 'tls', props.tls, instead);
    if (props.certificates) problem(balancer, 'certificates', props.certificates, instead);
  }

  public object(balancer: Balancer, hostnames: string[]): gatewayapi.HttpRoute {
    const { name, namespace, sectionName } = this.gateway.parentRef;
    return new gatewayapi.HttpRoute(balancer.chart, 'http-route', {
      metadata: balancer._metadata(balancer.name),
      spec: {
        parentRefs: [{ name, ...defined({ namespace, sectionName }) }],
        hostnames,
        rules: [{ backendRefs: [{ name: `${balancer.name}-active`, port: 80 }] }],
      },
    });
  }
}
