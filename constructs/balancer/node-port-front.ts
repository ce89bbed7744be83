import type { k8s } from '../core/imports';
import { defined } from '../core/container';
import { OpenPort, allowFromAnywhere } from '../core/network';
import { problem } from '../core/problems';
import type { Balancer } from './balancer';
import { hasTls } from './balancer-certificates';
import type { BalancerProps } from './balancer-props';
import { FrontImplementation, FrontPorts } from './front-implementation';
import type { NodePortProps } from './front-props';
import { refuseAddress } from './load-balancer-front';

/** Kubernetes' default range for Services (`--service-node-port-range`). */
const [FIRST, LAST] = [30_000, 32_767];

/** A port of the nodes. */
export class NodePortFront implements FrontImplementation {
  public readonly name = 'Front.nodePort()';
  public readonly isProxy = false;

  constructor(private readonly props: NodePortProps) {}

  public check(balancer: Balancer, props: BalancerProps): void {
    const { http, https } = this.props;
    refuseAddress(balancer, props);
    for (const [name, port] of Object.entries(defined({ http, https }))) checkNodePort(balancer, `front.${name}`, port);
    const ports = new Set(Object.values(defined({ http, https })));
    balancer._claims.push(...[...ports].map((port) => `port ${port} of each node`));
    if (http !== undefined && http === https)
      problem(balancer, 'front.https', https, 'HTTP has that port; write another');
    if (https !== undefined && !hasTls(props))
      problem(balancer, 'front.https', https, 'the balancer serves no HTTPS; leave it out, or write tls: true');
  }

  public hosts(): string[] {
    return [];
  }

  public httpsOnly(tls: boolean): boolean {
    return tls;
  }

  public service(): Omit<k8s.ServiceSpec, 'ports'> {
    // `Local` keeps the address of whoever connects.
    return { type: 'NodePort', externalTrafficPolicy: 'Local' };
  }

  public nodePorts(): Partial<FrontPorts> {
    return this.props;
  }

  public allow(balancer: Balancer, ports: OpenPort[]): void {
    allowFromAnywhere(balancer, ports);
  }

  public object(): undefined {
    return undefined;
  }
}

function checkNodePort(balancer: Balancer, property: string, port: number): void {
  if (!Number.isInteger(port) || port < FIRST || port > LAST)
    problem(balancer, property, port, `write a port of nodes, from ${FIRST} to ${LAST}`);
}
