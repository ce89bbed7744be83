import { Duration, Size } from 'cdk8s';
import { BlobStore } from '../blobs/blob-store';
import { CommonProps } from '../core/common-props';
import { StaticFiles } from '../core/static-files';
import { Failover } from '../pair/failover';
import { HeartbeatMode } from '../pair/heartbeat';
import { WebTier } from '../web/web-tier';
import { BalancerCertificate } from './balancer-certificate';
import { BalancerEngine } from './balancer-engine';
import { Front } from './front';
import { PathLimit } from './path-limit';
import { ProtectedPath } from './protected-path';
import { Route } from './route';

/** Properties for `Balancer`. */
export interface BalancerProps extends CommonProps {
  /** RAM of one slice. The number of clients that may be connected follows from it. At least 128 MiB. */
  readonly ram: Size;

  /**
   * The web tier for requests that are not for a static file and that no route takes.
   *
   * @default - none: `routes` has a route for each request, and others get 404
   */
  readonly web?: WebTier;

  /**
   * Routes by host and path to several web tiers, by weight, or to other addresses.
   *
   * Static files come before routes, at each host that has a web tier. The order of the list does not matter.
   *
   * @default - every request goes to `web`
   */
  readonly routes?: Route[];

  /**
   * How requests from outside the cluster reach it. The Service's type, the policy who may connect and whose word on a client counts follow.
   *
   * @default Front.loadBalancer()
   */
  readonly front?: Front;

  /**
   * The site's address: an IPv4 address that the cluster's load balancers can give and that DNS already names.
   *
   * It is requested as `spec.loadBalancerIP`. For a load balancer that wants an annotation instead, use `service.metadata.addAnnotation()`.
   *
   * @default - the one that the cluster gives
   */
  readonly address?: string;

  /**
   * How many slices.
   *
   * @default 2
   */
  readonly slices?: number;

  /**
   * The program.
   *
   * @default BalancerEngine.nginx()
   */
  readonly engine?: BalancerEngine;

  /**
   * Files that are served without the web tier.
   *
   * @default - none
   */
  readonly staticFiles?: StaticFiles[];

  /**
   * The store whose files the balancers fetch for the web tier. They fetch from nowhere else.
   *
   * The web tier answers with `X-Reproxy-URL: http://HOST:PORT/PATH` for Perlbal, `X-Accel-Redirect: /reproxy/HOST:PORT/PATH` for nginx.
   *
   * @default - nowhere: such answers are passed on
   */
  readonly blobs?: BlobStore;

  /**
   * Whether to serve HTTPS with the certificate of the Secret `dfw-lb-tls` (`tls.crt`, `tls.key`), and send HTTP there.
   *
   * Behind `Front.ingress` the controller serves it; behind `Front.gateway` it is an error.
   *
   * @default false
   */
  readonly tls?: boolean;

  /**
   * Certificates in Secrets that exist, by host: they serve HTTPS, and send HTTP there.
   *
   * The command that makes Secrets never makes these up. Clients that name another host get the certificate of `tls`, or without it the
   * first of the list.
   *
   * @default - none but that of `tls`
   */
  readonly certificates?: BalancerCertificate[];

  /**
   * The largest body of a request. A larger one is refused.
   *
   * @default Size.mebibytes(16)
   */
  readonly largestBody?: Size;

  /**
   * The headers of a request that pass, all of its lines together, and those of a web tier's answer: 8 to 64 KiB. Larger ones are refused.
   *
   * It is for long cookies and URLs. Each client then has larger buffers, so that the same RAM is for fewer clients. The web tier has a limit
   * of its own.
   *
   * @default - the engine's own: 8 KiB for a line with nginx, 15 KiB in all with HAProxy, 100 KiB with Perlbal
   */
  readonly largestHeaders?: Size;

  /**
   * How long a web tier's answer may take, and how long each end of a WebSocket may say nothing. At most an hour.
   *
   * It is for slow reports and long polls. Each request that waits holds a place of the web tier's and of the balancer's clients.
   *
   * @default Duration.seconds(60)
   */
  readonly answerTimeout?: Duration;

  /**
   * Networks of proxies in front, such as a CDN's or an ingress controller's, as in `10.1.0.0/16`.
   *
   * Their word on the client's address (`X-Forwarded-For`) and protocol (`X-Forwarded-Proto`) is believed. Without it, all clients behind a
   * proxy have its address and share its limits. Connections of the proxies themselves have no limit for an address.
   *
   * @default - none: each client has the address that it connects from
   */
  readonly trustedProxies?: string[];

  /**
   * Networks of load balancers in front that begin each connection with the client's address, by the PROXY protocol: `10.1.0.0/16`.
   *
   * Set it as the load balancer is told to: each of its connections then has to begin so. Nobody else's word is believed.
   *
   * @default - none: each client has the address that it connects from
   */
  readonly proxyProtocol?: string[];

  /**
   * Headers for each answer, unless the web tier gave it one of that name: `{ 'Strict-Transport-Security': 'max-age=31536000' }`.
   *
   * @default - none
   */
  readonly headers?: Record<string, string>;

  /**
   * The most requests a second of one client address that reach a web tier, as the mean of ten seconds. More get 429.
   *
   * Static files are not counted.
   *
   * @default - no limit but that of connections
   */
  readonly requestsPerSecond?: number;

  /**
   * Paths that one client may ask for less often than for others, such as that of a log-in. More requests get 429.
   *
   * The most specific one decides, as with routes. `requestsPerSecond` counts these requests, too. Static files are not counted.
   *
   * @default - none
   */
  readonly pathLimits?: PathLimit[];

  /**
   * Paths that only users with a password reach, by HTTP's basic authentication. The most specific one decides, as with routes.
   *
   * The web tiers do not get the password. Without TLS everyone on the way reads it.
   *
   * @default - none
   */
  readonly protectedPaths?: ProtectedPath[];

  /**
   * A page of HTML that closes the site: each request gets it with status 503, but those for static files.
   *
   * Clients are told to come back in five minutes. The web tiers get no request.
   *
   * @default - the site is open
   */
  readonly maintenancePage?: string;

  /**
   * A page of HTML for requests that the balancer has no answer of a web tier for: no slice takes connections, or none answers in time.
   *
   * The status stays 502, 503 or 504, and clients are told to come back in 30 seconds. A web tier's own errors are passed on as they are.
   *
   * @default - the engine's own page
   */
  readonly errorPage?: string;

  /**
   * Whether text is compressed for clients that take it: HTML, CSS, JavaScript, JSON and SVG.
   *
   * A page that has both a secret and a client's own words in it gives the secret away by its size; such a site says false.
   *
   * @default true with nginx and HAProxy; Perlbal compresses nothing
   */
  readonly compression?: boolean;

  /**
   * Whether each request is a line of the log: JSON with nginx, HAProxy's own form with HAProxy. Perlbal writes none.
   *
   * @default true
   */
  readonly accessLog?: boolean;

  /**
   * How fast the other slice takes over.
   *
   * @default Heartbeat.within(Duration.seconds(2))
   */
  readonly failover?: Failover;

  /**
   * Whether one slice holds the site's address, or every slice that works.
   *
   * @default HeartbeatMode.ONE_ACTIVE
   */
  readonly mode?: HeartbeatMode;

  /**
   * The image of the agents, which has Node 20 or later as `node` on its PATH.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;
}
