import { isDomain } from '../core/problems';
import type { Route } from './route';
import { rankOfHeaders } from './route-header-checks';
import type { RouteHeader } from './route-header';

/** Routes of a host: its own, and those of less specific hosts for paths that its own leave over. */
export interface HostRoutes {
  /** `*.example.org` for all names below it; none for every other host. */
  readonly host: string | undefined;
  /** The longest path first. Routes of a path with headers come before the one without. */
  readonly routes: Route[];
}

/** The routes of each host, the most specific host first. The last has no host. */
export function hostRoutes(routes: Route[]): HostRoutes[] {
  const hosts = [...new Set([...routes.map(({ _host }) => _host), undefined])].sort(byHost);
  return hosts.map((host) => ({ host, routes: routesOf(host, hosts, routes) }));
}

function routesOf(host: string | undefined, hosts: (string | undefined)[], routes: Route[]): Route[] {
  const found: Route[] = [];
  for (const each of hosts.filter((one) => one === host || hasHost(one, host))) {
    const own = routes.filter(({ _host }) => _host === each);
    const taken = found.filter(({ _headers }) => _headers.length === 0);
    found.push(...own.filter(({ _path }) => !taken.some((one) => hasPath(one._path, _path))));
  }
  return found.sort(byPath);
}

/** The table that is for a host without routes of its own. */
export function tableFor(tables: HostRoutes[], host: string): HostRoutes {
  return tables.find((each) => hasHost(each.host, host)) as HostRoutes;
}

/** All routes, the most specific first: the first that fits decides. */
export function bySpecificityOfAll(routes: Route[]): Route[] {
  return [...routes].sort((a, b) => byHost(a._host, b._host) || byPath(a, b));
}

/**
 * Routes that requests of a path may take, of a host's: the first that fits decides. All but the last want headers, and the last may, too.
 */
export function candidatesAt({ routes }: HostRoutes, path: string): Route[] {
  const fitting = bySpecificityOfAll(routes).filter(({ _path }) => hasPath(_path, path));
  const last = fitting.findIndex(({ _headers }) => _headers.length === 0);
  return last < 0 ? fitting : fitting.slice(0, last + 1);
}

/** The route that a URL of a host leads to, with these headers. */
export function routeFor(
  routes: Route[],
  host: string | undefined,
  path: string,
  headers: RouteHeader[],
): Route | undefined {
  const has = (wanted: RouteHeader) =>
    headers.some(
      ({ _name, _value }) => _name.toLowerCase() === wanted._name.toLowerCase() && (wanted._value ?? _value) === _value,
    );
  return bySpecificityOfAll(routes).find(
    ({ _host, _path, _headers }) =>
      (_host === host || hasHost(_host, host)) && hasPath(_path, path) && _headers.every(has),
  );
}

/** Whether a route of the first host is also for the second, which is less general. */
function hasHost(general: string | undefined, host: string | undefined): boolean {
  if (general === undefined) return true;
  if (host === undefined || !general.startsWith('*.') || host === general) return false;
  return host.replace(/^\*/, '').endsWith(general.slice(1));
}

/** Whether it is a name, or `*.` and a name. */
export function isHost(text: string): boolean {
  return isDomain(text.replace(/^\*\./, ''));
}

/** Whether a certificate with these names is for the host: `*` stands for one label there. */
export function coversHost(names: string[], host: string): boolean {
  return names.includes(host) || names.includes(`*.${host.split('.').slice(1).join('.')}`);
}

/** Whether a path is the other, or a folder above it. */
export function hasPath(folder: string, path: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** Orders hosts, the most specific first. */
export function byHost(a: string | undefined, b: string | undefined): number {
  return rank(b) - rank(a) || (b?.length ?? 0) - (a?.length ?? 0) || (a ?? '').localeCompare(b ?? '');
}

function rank(host: string | undefined): number {
  if (host === undefined) return 0;
  return host.startsWith('*.') ? 1 : 2;
}

function byPath(a: Route, b: Route): number {
  return (
    b._path.length - a._path.length ||
    a._path.localeCompare(b._path) ||
    rankOfHeaders(b._headers) - rankOfHeaders(a._headers)
  );
}
