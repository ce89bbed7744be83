import { k8s } from '../core/imports';
import type { WebTier } from '../web/web-tier';
import type { CertificateFiles } from './balancer-certificates';
import type { PlaceLimit } from './path-limits';
import type { Protection } from './protected-paths';
import type { Route } from './route';

/** The plan of a balancer, whichever program carries it out. */
export interface BalancerInput {
  /** RAM of the engine's containers together, in MiB. */
  readonly mebibytes: number;
  /** How much of it the agent takes out of the engine's share. */
  readonly reserved: number;
  /** The web tiers that routes lead to. */
  readonly tiers: WebTier[];
  readonly routes: Route[];
  readonly staticPaths: StaticPath[];
  readonly tls: boolean;
  /** The first is for clients that name no host, or another than theirs. None without TLS. */
  readonly certificates: CertificateFiles[];
  /** Seconds for which a web tier's answer is waited for. */
  readonly answerSeconds: number;
  /** In KiB. */
  readonly largestBody: number;
  /** The same of all headers of a request; none where the engine's own limits suffice. */
  readonly headersKibibytes: number | undefined;
  /** A pattern for the host and port of URLs that files may be fetched from; none where nothing may be fetched. */
  readonly fetchFrom: string | undefined;
  readonly trustedProxies: string[];
  /** Networks whose connections begin with the client's address. */
  readonly proxyProtocol: string[];
  /** Whether only a controller connects, which says who its client is. */
  readonly behindProxy: boolean;
  /** Whether a request that a proxy had by HTTP is led to HTTPS. */
  readonly httpsOnly: boolean;
  readonly headers: Record<string, string>;
  /** Of one client address, at a web tier. */
  readonly requestsPerSecond: number | undefined;
  /** The most specific first. */
  readonly limits: PlaceLimit[];
  /** The most specific first. */
  readonly protections: Protection[];
  readonly accessLog: boolean;
  readonly compression: boolean;
  /** HTML for every visitor while the site is closed. */
  readonly maintenancePage: string | undefined;
  /** HTML in place of an answer that no web tier gives. */
  readonly errorPage: string | undefined;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly healthPort: number;
}

/** Whether some connections are those of proxies, whose word on their client counts. */
export function hasProxies({ behindProxy, trustedProxies }: BalancerInput): boolean {
  return behindProxy || trustedProxies.length > 0;
}

/** A path of static files. */
export interface StaticPath {
  readonly path: string;
  /** Seconds for which a browser keeps a file. */
  readonly maxAge: number;
}

/** A closed site's page, among the files of the configuration, and the seconds after which a client may come back. */
export const MAINTENANCE = { file: 'maintenance.html', retrySeconds: 300 };

/** The same of an error that the balancer answers with. A slice that has died is forgotten by then. */
export const ERROR_PAGE = { file: 'error.html', retrySeconds: 30 };

/** Files of pages that are the balancer's own. */
export function pageFiles({ maintenancePage, errorPage }: BalancerInput): Record<string, string> {
  return {
    ...(maintenancePage === undefined ? {} : { [MAINTENANCE.file]: maintenancePage }),
    ...(errorPage === undefined ? {} : { [ERROR_PAGE.file]: errorPage }),
  };
}

/** Types that are compressed, beside HTML. */
export const COMPRESSED = ['text/css', 'application/javascript', 'application/json', 'image/svg+xml'];

/** An engine's parts of the pod. */
export interface BalancerParts {
  /** Configuration files; the folder they are mounted at is `CONFIGURATION_FOLDER`. */
  readonly files: Record<string, string>;
  readonly containers: k8s.Container[];
  readonly sidecars?: k8s.Container[];
  readonly volumes: k8s.Volume[];
}

/** Folders of an engine's configuration, the static files, the certificate and the users. */
export const FOLDERS = {
  configuration: '/etc/slices/balancer',
  statics: '/srv/static',
  certificate: '/etc/slices/tls',
  users: '/etc/slices/users',
};
