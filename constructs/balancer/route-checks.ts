import type { Construct } from 'constructs';
import type { Balancer } from './balancer';
import type { BalancerProps } from './balancer-props';
import type { WebTier } from '../web/web-tier';
import { Route } from './route';
import type { RouteTarget } from './route-target';
import { problem } from '../core/problems';
import { checkRouteHeaders, headersOverlap } from './route-header-checks';
import { hasPath, isHost, routeFor } from './route-table';

/** A path without a percent sign, so that it stands for itself in a request and in each engine's configuration. */
export const PATH = /^(?=\/.{0,199}$)(\/(?!\.\.?(\/|$))[A-Za-z0-9._~@+,-]+)*\/?$/;

/** nginx finds a location by 255 characters, and takes longer ones for others without a word. */
export const PATH_RULE = "a path of 200 or fewer letters, digits and '._~@+,-'";

/** A redirect's URL: no query and no fragment, as those of the request follow. */
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const URL_TEXT = new RegExp(`^(?:https?://${LABEL}(?:[.]${LABEL})*(?::([1-9][0-9]{0,4}))?)?(/.*)?$`);

/** A cookie's name, as nginx has variables for. */
const COOKIE = /^[A-Za-z0-9_]{1,64}$/;

/** The smallest of ten shares is then one request in 10,000, the least that nginx divides by. */
const MOST_WEIGHT = 1000;
const MOST_SHARES = 10;

function routesOf({ web, routes = [] }: BalancerProps): Route[] {
  return [...(web ? [Route.to(web)] : []), ...routes];
}

/** The web tiers that a balancer sends requests to. */
export function tiersOf(props: BalancerProps): WebTier[] {
  return [...new Set(routesOf(props).flatMap(({ _webs }) => _webs))];
}

/** The routes of a balancer; what is wrong with one is recorded, and it is left out. */
export function checkedRoutes(balancer: Balancer, props: BalancerProps): Route[] {
  const all = routesOf(props);
  if (all.length === 0) problem(balancer, 'web', props.web, 'no request leads to a web tier; write web, or routes');
  const kept: Route[] = [];
  for (const route of all) {
    const sound =
      checkMatch(balancer, route) && checkRouteHeaders(balancer, route) && checkTarget(balancer, route._target);
    if (sound && checkAlone(balancer, props, route, kept)) kept.push(route);
  }
  for (const route of kept) checkLoop(balancer, route, kept);
  checkCookies(balancer, kept);
  return kept;
}

function checkMatch(balancer: Construct, { _host: host, _path: path }: Route): boolean {
  if (host !== undefined && !isHost(host)) {
    const instead = "write a host in lower case without a port, such as 'api.example.org' or '*.example.org'";
    problem(balancer, 'routes.host', host, instead);
    return false;
  }
  if (!path.startsWith('/')) {
    problem(balancer, 'routes.path', path, `a path begins with a slash; write '/${path}'`);
    return false;
  }
  if (PATH.test(path)) return true;
  problem(balancer, 'routes.path', path, `write ${PATH_RULE}, such as '/api/'`);
  return false;
}

function checkTarget(balancer: Construct, target: RouteTarget): boolean {
  if (target.kind === 'web') return true;
  if (target.kind === 'split') return checkSplit(balancer, target);
  if (isTarget(target.url)) return true;
  const instead = "write a URL without a query, such as 'https://example.org/new/', or a path, such as '/new/'";
  problem(balancer, 'routes.url', target.url, instead);
  return false;
}

function isTarget(url: string): boolean {
  const [whole, port = '1', path = ''] = URL_TEXT.exec(url) ?? [];
  return url !== '' && whole !== undefined && (path === '' || PATH.test(path)) && Number(port) <= 65_535;
}

function checkSplit(balancer: Construct, { shares, cookie }: Extract<RouteTarget, { kind: 'split' }>): boolean {
  const webs = shares.map(({ web }) => web);
  const twice = webs.find((web, index) => webs.indexOf(web) !== index);
  const wrong = shares.find(({ weight }) => !Number.isInteger(weight) || weight < 1 || weight > MOST_WEIGHT);
  if (shares.length < 2 || shares.length > MOST_SHARES) {
    const instead = `a split has 2 to ${MOST_SHARES} web tiers; write Route.to() for one`;
    problem(balancer, 'routes.shares', webs, instead);
  } else if (twice) {
    problem(balancer, 'routes.shares', twice, 'it has two weights; write their sum once');
  } else if (wrong) {
    const instead = `write a whole number from 1 to ${MOST_WEIGHT}, or leave the web tier out`;
    problem(balancer, 'routes.weight', wrong.weight, instead);
  } else if (cookie !== undefined && !COOKIE.test(cookie)) {
    problem(balancer, 'routes.cookie', cookie, "write letters, digits and underscores, such as 'variant'");
  } else return true;
  return false;
}

/** Splits of one cookie overwrite each other's tier, unless they have the same ones. nginx knows no case in a cookie's name. */
function checkCookies(balancer: Construct, routes: Route[]): void {
  const found = new Map<string, Set<WebTier>>();
  for (const { _target: target, _webs: webs } of routes) {
    if (target.kind !== 'split' || target.cookie === undefined) continue;
    const name = target.cookie.toLowerCase();
    const others = found.get(name) ?? new Set(webs);
    found.set(name, others);
    if (others.size === webs.length && webs.every((web) => others.has(web))) continue;
    problem(balancer, 'routes.cookie', target.cookie, 'a split of other web tiers has it; write another name');
  }
}

/** Whether requests reach it: no other route and no static file has them all. */
function checkAlone(balancer: Construct, props: BalancerProps, route: Route, others: Route[]): boolean {
  const twin = others.find(
    (other) => other._host === route._host && other._path === route._path && headersOverlap(other, route),
  );
  const isDefault = props.web !== undefined && twin !== undefined && twin === others[0];
  const statics = (props.staticFiles ?? []).flatMap(({ paths }) => paths).filter((path) => path !== '/');
  const taken = statics.find((path) =>
    path.endsWith('/') ? hasPath(path.slice(0, -1), route._path) : path === route._path,
  );
  if (twin) {
    const headers = twin._name !== route._name;
    const instead = isDefault
      ? 'web has these requests already; leave one of them out'
      : headers
        ? `a request may also be for '${twin._name}'; give one of them another header more, or leave it out`
        : 'two routes have it; leave one of them out';
    problem(balancer, 'routes', route._name, instead);
  } else if (taken !== undefined) {
    problem(
      balancer,
      'routes',
      route._name,
      `no request reaches it, as staticFiles has '${taken}'; leave one of them out`,
    );
  } else if (props.blobs && hasPath('/reproxy', route._path)) {
    problem(balancer, 'routes', route._name, "no request reaches it, as '/reproxy/' is for blobs; write another path");
  } else return true;
  return false;
}

/** Follows the redirects until one leads to a web tier, elsewhere, or to the first again. */
function checkLoop(balancer: Construct, route: Route, routes: Route[]): void {
  const passed: Route[] = [];
  let [host, next]: [string | undefined, Route | undefined] = [route._host, route];
  while (next && !passed.includes(next) && next._target.kind === 'redirect') {
    passed.push(next);
    const [, named, path]: string[] = /^(?:https?:\/\/([^/:]+)(?::[0-9]+)?)?(.*)$/.exec(next._target.url) ?? [];
    host = named ?? host;
    next = routeFor(routes, host, path || '/', route._headers);
  }
  if (next !== route || route._target.kind !== 'redirect') return;
  problem(balancer, 'routes.url', route._target.url, 'it leads to itself; give that address a route of its own');
}
