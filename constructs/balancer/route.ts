import { WebTier } from '../web/web-tier';
import { checked } from '../core/inputs/checked';
import { RouteHeader } from './route-header';
import type { RouteTarget } from './route-target';

/** Requests that a route takes. */
export interface RouteProps {
  /**
   * The host name, in lower case and without a port. `*.example.org` takes each name below `example.org`.
   *
   * @default - every host, for paths that the host's own routes do not take
   */
  readonly host?: string;

  /**
   * The start of the path, in whole segments: `/forum/` takes `/forum` and `/forum/new`, and not `/forums`.
   *
   * @default /
   */
  readonly path?: string;

  /**
   * Headers that a request must have, all of them, as for a preview: `[RouteHeader.is('X-Release', 'next')]`.
   *
   * Other requests of the host and path take the next route that fits. A header keeps nobody out: each client can send it.
   *
   * @default - none
   */
  readonly headers?: RouteHeader[];
}

/** Properties for `Route.redirect`. */
export interface RedirectRouteProps extends RouteProps {
  /**
   * Whether browsers and search engines may keep the redirect: status 308 in place of 307.
   *
   * Browsers keep a permanent one for good, so set it once the new address has proved right.
   *
   * @default false
   */
  readonly permanent?: boolean;
}

/** Properties for `Route.split`. */
export interface SplitRouteProps extends RouteProps {
  /**
   * The cookie that keeps a visitor at the tier of the first request, until the browser is closed. Its value is the tier's name, `dfw-canary`.
   *
   * Letters, digits and underscores. A person who sets it chooses the tier.
   *
   * @default - none: each request is drawn by itself
   */
  readonly cookie?: string;
}

/** A web tier's share of a route's requests. */
export interface WebShare {
  /** The web tier. */
  readonly web: WebTier;

  /** Its part of the sum of all weights: 90 and 10 give a tenth to the second. From 1 to 1000. */
  readonly weight: number;
}

/**
 * Where a `Balancer` sends requests of a host or of a path.
 *
 * The host decides first: an exact name, then the longest `*.`, then routes without a host. Among routes of a host, the longest path decides,
 * and among those of a path the one with the most headers.
 */
@checked
export class Route {
  /** To a web tier. */
  public static to(web: WebTier, props: RouteProps = {}): Route {
    return new Route(props, { kind: 'web', web });
  }

  /** To several web tiers by weight, as for a canary: a new release that serves a tenth of the requests. */
  public static split(shares: WebShare[], props: SplitRouteProps = {}): Route {
    return new Route(props, { kind: 'split', shares, cookie: props.cookie });
  }

  /**
   * To another address, by a redirect that keeps the request's method.
   *
   * @param url A URL, or a path of the same host. It takes the place of the route's path; the rest of the path and the query follow it.
   */
  public static redirect(url: string, props: RedirectRouteProps = {}): Route {
    return new Route(props, { kind: 'redirect', url, permanent: props.permanent ?? false });
  }

  /** @internal */
  public readonly _host: string | undefined;
  /** Without a slash at its end, unless it is one. @internal */
  public readonly _path: string;

  /** @internal */
  public readonly _headers: RouteHeader[];

  private constructor(
    { host, path = '/', headers = [] }: RouteProps,
    /** @internal */
    public readonly _target: RouteTarget,
  ) {
    this._host = host;
    this._headers = headers;
    this._path = path.replace(/^(\/.+)\/$/, '$1');
  }

  /** @internal */
  public get _webs(): WebTier[] {
    const target = this._target;
    if (target.kind === 'redirect') return [];
    return target.kind === 'web' ? [target.web] : target.shares.map(({ web }) => web);
  }

  /** The route as an error names it. @internal */
  public get _name(): string {
    const headers = this._headers.map(({ _text }) => ` with ${_text}`);
    return `${this._host ?? ''}${this._path}${headers.join('')}`;
  }
}
