import type { FrontController } from './front-controller';

/** Properties for `Front.nodePort`. */
export interface NodePortProps {
  /**
   * The port of the nodes for HTTP, from 30000 to 32767. For a cluster with another range, patch `service`.
   *
   * @default - one that the cluster chooses
   */
  readonly http?: number;

  /**
   * The port of the nodes for HTTPS, from 30000 to 32767.
   *
   * @default - one that the cluster chooses
   */
  readonly https?: number;
}

/** Properties of a front that reads each request. */
export interface ProxyFrontProps {
  /** The controller, which alone may connect to the balancers. */
  readonly controller: FrontController;

  /**
   * Hosts of the site: `www.example.org`, or `*.example.org`. Requests for other hosts do not reach the balancers.
   *
   * @default - the site's domain, and the hosts of `routes`
   */
  readonly hosts?: string[];

  /**
   * Whether requests that clients sent by HTTP are led to HTTPS, with status 308.
   *
   * The controller says by `X-Forwarded-Proto` how a request came.
   *
   * @default - as the balancer has `tls` or `certificates`
   */
  readonly httpsOnly?: boolean;
}

/** Properties for `Front.ingress`. */
export interface IngressProps extends ProxyFrontProps {
  /** The IngressClass: `traefik`. The cluster lists them by `kubectl get ingressclass`. */
  readonly className: string;

  /**
   * Annotations of the Ingress, by which its controller is told more: `{ 'cert-manager.io/cluster-issuer': 'letsencrypt' }`.
   *
   * @default - none
   */
  readonly annotations?: Record<string, string>;
}

/** Properties for `Front.gateway`. */
export interface GatewayProps extends ProxyFrontProps {
  /** The Gateway. It has to let routes of the site's namespace join it (`allowedRoutes`). */
  readonly parentRef: GatewayParent;
}

/** A Gateway that an HTTPRoute joins. */
export interface GatewayParent {
  /** The Gateway's name. */
  readonly name: string;

  /**
   * The namespace of the Gateway.
   *
   * @default - the site's
   */
  readonly namespace?: string;

  /**
   * The name of one of its listeners.
   *
   * @default - each listener that lets the route join
   */
  readonly sectionName?: string;
}
