import type { BalancerInput } from './balancer-input';
import { rateLimit } from './nginx-edge';
import { askedAlready } from './nginx-users';
import { nginxSplit } from './nginx-splits';
import type { Route } from './route';
import type { RouteHeader } from './route-header';
import { HostRoutes, candidatesAt, hostRoutes } from './route-table';
import { redirectBase } from './route-target';

/** Locations of a host's routes: each path itself, and all below it. */
export function nginxRoutes(plan: BalancerInput, table: HostRoutes): string[] {
  return pathsOf(table).map((path) => {
    const handling = handlingOf(plan, candidatesAt(table, path));
    const matches = path === '/' ? ['/'] : [`= ${path}`, `${path}/`];
    return matches.map((match) => `    location ${match} {\n${handling}\n    }`).join('\n');
  });
}

function pathsOf({ routes }: HostRoutes): string[] {
  return [...new Set(routes.map(({ _path }) => _path))];
}

/** Finds which of the routes with headers a request takes, by its number; 0 says none. */
export function nginxHeaders(plan: BalancerInput): string {
  const wanted = plan.routes.flatMap((route, index) =>
    route._headers.map((header, place) => headerMap(header, `$has_${index + 1}_${place + 1}`)),
  );
  const choices = hostRoutes(plan.routes).flatMap((table) =>
    pathsOf(table).map((path) => choiceMap(plan, wantingOf(candidatesAt(table, path)))),
  );
  return [...wanted, ...new Set(choices)].join('');
}

/** A map takes texts of any case for the same, but for patterns. */
function headerMap({ _name: name, _value: value }: RouteHeader, variable: string): string {
  const pattern = value === undefined ? '~.' : `~^${value.replace(/[.+*]/g, '[$&]')}$`;
  return `  map ${httpVariable(name)} ${variable} {
    "${pattern}" 1;
    default 0;
  }
`;
}

function httpVariable(name: string): string {
  return `$http_${name.toLowerCase().replaceAll('-', '_')}`;
}

function wantingOf(candidates: Route[]): Route[] {
  return candidates.filter(({ _headers }) => _headers.length > 0);
}

function numberOf({ routes }: BalancerInput, route: Route): number {
  return routes.indexOf(route) + 1;
}

function choiceOf(plan: BalancerInput, wanting: Route[]): string {
  return `$route${wanting.map((each) => `_${numberOf(plan, each)}`).join('')}`;
}

function choiceMap(plan: BalancerInput, wanting: Route[]): string {
  if (wanting.length === 0) return '';
  const has = (route: Route) => route._headers.map((_, index) => `$has_${numberOf(plan, route)}_${index + 1}`).join('');
  let before = '';
  const lines = wanting.map((route) => {
    const line = `    ~^${before}${'1'.repeat(route._headers.length)} ${numberOf(plan, route)};\n`;
    before += '.'.repeat(route._headers.length);
    return line;
  });
  return `  map "${wanting.map(has).join('')}" ${choiceOf(plan, wanting)} {\n${lines.join('')}    default 0;\n  }\n`;
}

function handlingOf(plan: BalancerInput, candidates: Route[]): string {
  const wanting = wantingOf(candidates);
  const rest = candidates.find(({ _headers }) => _headers.length === 0);
  if (wanting.length === 0 && rest?._target.kind === 'redirect') return redirection(rest, '$request_uri');
  return [
    rest && rest._target.kind !== 'redirect' ? tierOf(plan, rest) : '      set $tier "";',
    ...(wanting.length > 0 ? [chosen(plan, wanting, rest)] : []),
    `${rateLimit(plan)}      proxy_pass http://$tier;`,
    '      # Where the list of slices has changed meanwhile, nginx gives up what it could ask another slice for; so it starts anew.',
    '      error_page 502 504 = @again;',
    ...(plan.errorPage === undefined ? [] : ['      recursive_error_pages on;']),
  ].join('\n');
}

/** Only `set` and `return` are certain within `if`. */
function chosen(plan: BalancerInput, wanting: Route[], rest: Route | undefined): string {
  const choice = choiceOf(plan, wanting);
  const asked = '      set $asked "' + choice + ' $request_uri";';
  const redirects = [...wanting, ...(rest ? [rest] : [])].filter(({ _target }) => _target.kind === 'redirect');
  const tiers = wanting.filter(({ _target }) => _target.kind !== 'redirect');
  const condition = (route: Route) => (route === rest ? 0 : numberOf(plan, route));
  return [
    ...tiers.map((route) => {
      const lines = tierOf(plan, route).trim().replace(/\n */g, ' ');
      return `      if (${choice} = ${numberOf(plan, route)}) { ${lines} }`;
    }),
    ...(redirects.length > 0 ? [asked] : []),
    ...redirects.map((route) => redirection(route, '$asked', `${condition(route)} `)),
    ...(rest ? [] : ['      if ($tier = "") { return 404; }']),
  ].join('\n');
}

function tierOf(plan: BalancerInput, { _target: target }: Route): string {
  if (target.kind === 'redirect') return '';
  return target.kind === 'web' ? `      set $tier ${target.web.name};` : nginxSplit(plan, target);
}

/** Starts a request anew, if it may be repeated. Errors after that are the balancer's own. */
export function again(plan: BalancerInput): string {
  const page = plan.errorPage === undefined ? '' : '\n      error_page 502 503 504 /!error;';
  return `    location @again {
${askedAlready(plan)}      set $given_up "$request_method|$upstream_status|$upstream_connect_time";
      # A web slice that took the request would do it once more; where none did, the time is of connections.
      if ($given_up ~ "504[|](.*, )?[0-9.]+$") { return 504; }
      if ($given_up ~ "^(?!GET|HEAD)[^|]*[|].*504[|]") { return 504; }
      if ($request_method !~ ^(GET|HEAD)$) { return 502; }
      proxy_pass http://$tier;${page}
    }`;
}

/**
 * The rest of the path is taken from the request as it stands: nginx' own copy is decoded. A path that begins with two slashes, or with
 * `/\\`, is another host to a browser, so none is left there.
 *
 * @param asked A variable that has the request's path.
 * @param before What stands before the path there, where the route is this one.
 */
function redirection({ _path: path, _target: target }: Route, asked: string, before = ''): string {
  if (target.kind !== 'redirect') return '';
  const code = target.permanent ? 308 : 307;
  const base = redirectBase(target.url);
  const otherwise = (to: string) =>
    before === '' ? `return ${code} ${to};` : `if (${asked} ~ "^${before}") { return ${code} ${to}; }`;
  if (base === '') {
    return `      if (${asked} ~ "^${before}${literal(path)}[/\\\\\\\\]*(?<rest>.*)$") { return ${code} /$rest; }
      ${otherwise('/')}`;
  }
  const folder = path === '/' ? '' : literal(path);
  return `      if (${asked} ~ "^${before}${folder}(?<rest>([/?].*)?)$") { return ${code} ${base}$rest; }
      ${otherwise(`${base}/`)}`;
}

function literal(path: string): string {
  return path.replace(/[.+]/g, '[$&]');
}
