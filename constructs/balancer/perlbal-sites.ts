import type { WebTier } from '../web/web-tier';
import type { BalancerInput } from './balancer-input';
import type { Route } from './route';
import { HostRoutes, hostRoutes, tableFor } from './route-table';

/** A tier's name in Perlbal, which has no hyphens in names. */
export function perlbalName({ name }: WebTier): string {
  return name.replaceAll('-', '_');
}

/** A selector by path for each host that has routes, and one for all other hosts. */
export function perlbalSites(plan: BalancerInput): string {
  return hostRoutes(plan.routes)
    .map((host, index) => site(plan, host, siteName(host, index)))
    .join('\n');
}

/** Leads each host to its selector. To Perlbal, `*.example.org` is for `example.org`, too, so that is led to where it belongs. */
export function perlbalHosts({ routes }: BalancerInput): string {
  const tables = hostRoutes(routes);
  const hosts = tables.map(({ host }) => host);
  const parents = hosts.flatMap((host) => (host?.startsWith('*.') ? [host.slice(2)] : []));
  const bare = parents.filter((host) => !hosts.includes(host));
  const line = (host: string, table: HostRoutes) => `  VHOST ${host} = ${siteName(table, tables.indexOf(table))}`;
  return [
    ...tables.map((each) => line(each.host ?? '*', each)),
    ...bare.map((host) => line(host, tableFor(tables, host))),
  ].join('\n');
}

function siteName({ host }: HostRoutes, index: number): string {
  return host === undefined ? 'site' : `site_${index + 1}`;
}

function site(plan: BalancerInput, { routes }: HostRoutes, name: string): string {
  const lines = [
    ...plan.staticPaths.map(({ path }) => ({ path, line: `  VPATH ^${pattern(path)} = static` })),
    ...routes
      .filter(({ _path }) => _path !== '/')
      .map((route) => ({ path: route._path, line: `  VPATH ^${folderPattern(route._path)} = ${serviceOf(route)}` })),
  ];
  // The first that fits decides.
  const longestFirst = lines.sort((a, b) => b.path.length - a.path.length).map(({ line }) => `${line}\n`);
  const all = routes.find(({ _path }) => _path === '/');
  return `CREATE SERVICE ${name}
  SET role = selector
  SET plugins = vpaths
${all ? `  SET default_service = ${serviceOf(all)}\n` : ''}${longestFirst.join('')}${all ? '' : NOT_FOUND}ENABLE ${name}
`;
}

/** For a service that is not there, Perlbal answers with 404. */
const NOT_FOUND = '  VPATH ^ = nowhere\n';

function serviceOf({ _webs: [web] }: Route): string {
  return web ? `to_${perlbalName(web)}` : 'nowhere';
}

/**
 * A path as Perl sees it. Perlbal makes small letters of all that stands before the first `=`, and takes `#` and spaces for its own. So
 * every character but small letters, digits and signs without a meaning is written by its number. A file is the same with a query behind
 * it.
 */
function pattern(path: string): string {
  return escaped(path) + (path.endsWith('/') ? '' : '(?:\\x3f|$)');
}

function escaped(path: string): string {
  return path.replace(/[^a-z0-9/_-]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The path itself, and all below it. */
function folderPattern(path: string): string {
  return `${escaped(path)}(?:[/\\x3f]|$)`;
}
