import type { Construct } from 'constructs';
import { problem } from '../core/problems';
import { PATH, PATH_RULE } from './route-checks';
import { byHost, isHost } from './route-table';

/** A path of a host, and all below it. */
export interface Place {
  /** None for every host. */
  readonly host: string | undefined;
  /** Without a slash at its end, unless it is one. */
  readonly path: string;
}

export function placeOf({ host, path = '/' }: { readonly host?: string; readonly path?: string }): Place {
  return { host, path: path.replace(/^(\/.+)\/$/, '$1') };
}

/** Whether it is a place that no other one of the property is; what is wrong is recorded. */
export function checkPlace(construct: Construct, property: string, place: Place, others: Place[]): boolean {
  const { host, path } = place;
  if (host !== undefined && !isHost(host)) {
    const instead = "write a host in lower case without a port, such as 'api.example.org' or '*.example.org'";
    problem(construct, `${property}.host`, host, instead);
  } else if (!PATH.test(path)) {
    problem(construct, `${property}.path`, path, `write ${PATH_RULE}, such as '/admin/'`);
  } else if (others.some((other) => other.host === host && other.path.toLowerCase() === path.toLowerCase())) {
    problem(construct, property, `${host ?? ''}${path}`, 'it is there twice; leave one of them out');
  } else return true;
  return false;
}

/** Orders places, the most specific first, as routes are. */
export function bySpecificPlace(a: Place, b: Place): number {
  return byHost(a.host, b.host) || b.path.length - a.path.length;
}

/**
 * A pattern of `HOST PATH`, for a path that is decoded and in which no two slashes follow one another, and for letters of either case. A
 * program may take more for the same than the balancer does, as `/Admin;a`. So whatever follows the path but a sign of an ordinary name is
 * below it.
 */
export function placePattern({ host, path }: Place): string {
  const hosts = host === undefined ? '[^ ]*' : host.replace(/^\*/, '[^ ]+').replaceAll('.', '[.]');
  if (path === '/') return `^${hosts} /`;
  return `^${hosts} ${path.toLowerCase().replace(/[.+]/g, '[$&]')}([^a-z0-9._~@+,-]|$)`;
}
