import { k8s } from '../core/imports';
import { defined } from '../core/container';
import { checkAnnotations } from '../core/labels';
import { checkObjectName } from '../core/values';
import type { Balancer } from './balancer';
import type { BalancerCertificate } from './balancer-certificate';
import type { BalancerProps } from './balancer-props';
import type { IngressProps } from './front-props';
import { ProxyFront } from './proxy-front';
import type { Route } from './route';

/** An Ingress for the balancers' Service. */
export class IngressFront extends ProxyFront {
  public readonly name = 'Front.ingress()';

  constructor(private readonly ingress: IngressProps) {
    super(ingress);
  }

  public override check(balancer: Balancer, props: BalancerProps, routes: Route[]): void {
    super.check(balancer, props, routes);
    checkObjectName(balancer, 'front.className', this.ingress.className);
    checkAnnotations(balancer, 'front.annotations', this.ingress.annotations);
  }

  public object(balancer: Balancer, hosts: string[], certificates: BalancerCertificate[]): k8s.KubeIngress {
    const { annotations, ...metadata } = balancer._metadata(balancer.name);
    const more = { ...annotations, ...this.ingress.annotations };
    const backend = { service: { name: `${balancer.name}-active`, port: { name: 'http' } } };
    return new k8s.KubeIngress(balancer.chart, 'ingress', {
      metadata: { ...metadata, ...defined({ annotations: Object.keys(more).length > 0 ? more : undefined }) },
      spec: {
        ingressClassName: this.ingress.className,
        rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
        ...defined({ tls: certificates.length > 0 ? certificates.map(tlsOf) : undefined }),
      },
    });
  }
}

function tlsOf({ secret, hosts }: BalancerCertificate): k8s.IngressTls {
  return { secretName: secret, hosts };
}
