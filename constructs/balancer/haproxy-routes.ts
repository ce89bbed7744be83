import { problem } from '../core/problems';
import type { Role } from '../core/role';
import type { WebTier } from '../web/web-tier';
import type { BalancerInput } from './balancer-input';
import type { Route } from './route';
import type { RouteHeader } from './route-header';
import { bySpecificityOfAll } from './route-table';
import { RouteTarget, cookieAttributes, partsOf, redirectBase } from './route-target';

/**
 * The route of a request is a number in a variable. The least specific route is written first and each later one replaces it, as the
 * configuration knows no order between redirects and backends.
 */
export function haproxyRoutes(plan: BalancerInput): string {
  const [only, ...others] = plan.routes;
  const plain = others.length === 0 && only?._host === undefined && only?._path === '/' && only._headers.length === 0;
  if (plain && only._target.kind === 'web') return `  default_backend ${only._target.web.name}\n`;
  const routes = bySpecificityOfAll(plan.routes).reverse();
  return `  http-request set-var(txn.host) req.fhdr(Host),field(1,:),lower,regsub([.]+$,)
${routes.map((route, index) => match(route, index + 1)).join('')}  http-request set-var(txn.draw) rand(10000)
${routes.map(({ _path, _target }, index) => action(_path, _target, index + 1, plan.httpsOnly)).join('')}  use_backend %[var(txn.web)] if { var(txn.web) -m found }
  default_backend nowhere
`;
}

function match({ _host: host, _path: path, _headers: headers }: Route, number: number): string {
  const acls = [
    ...(path === '/' ? [] : [[`path_${number}`, `path ${path}`, `path -m beg ${path}/`]]),
    ...headers.flatMap((header, index) => headerAcls(header, `header_${number}_${index + 1}`)),
  ];
  const conditions = [
    ...(host === undefined
      ? []
      : [host.startsWith('*.') ? `{ var(txn.host) -m end ${host.slice(1)} }` : `{ var(txn.host) -m str ${host} }`]),
    ...acls.map(([name]) => name),
  ];
  const lines = acls.flatMap(([name, ...tests]) => tests.map((test) => `  acl ${name} ${test}\n`));
  return `${lines.join('')}  http-request set-var(txn.route) int(${number})${conditions.length > 0 ? ` if ${conditions.join(' ')}` : ''}\n`;
}

/** A header that is there twice has no value, as the web tier may read the other. */
function headerAcls({ _name: name, _value: value }: RouteHeader, acl: string): string[][] {
  if (value === undefined) return [[acl, `req.fhdr(${name}) -m len ge 1`]];
  return [
    [acl, `req.fhdr(${name}) -m str -- "${value}"`],
    [`${acl}_once`, `req.fhdr_cnt(${name}) eq 1`],
  ];
}

function action(path: string, target: RouteTarget, number: number, tls: boolean): string {
  const chosen = `{ var(txn.route) -m int ${number} }`;
  if (target.kind === 'web') return `  http-request set-var(txn.web) str(${target.web.name}) if ${chosen}\n`;
  if (target.kind === 'split') return split(target, chosen, tls);
  return redirection(path, target, chosen);
}

function split({ shares, cookie }: Extract<RouteTarget, { kind: 'split' }>, chosen: string, tls: boolean): string {
  const parts = partsOf(shares);
  // The last that fits replaces the others.
  const draws = shares
    .map(({ web }, index) => {
      const bound = parts.slice(0, index + 1).reduce((sum, part) => sum + part, 0);
      return `  http-request set-var(txn.web) str(${web.name}) if ${chosen} { var(txn.draw) -m int lt ${bound} }\n`;
    })
    .reverse();
  if (cookie === undefined) return draws.join('');
  // A request may have several cookies of the name, and the condition is of any: so the name is not taken from the cookie.
  const kept = shares.map(
    ({ web: { name } }) =>
      `  http-request set-var(txn.kept) str(${name}) if ${chosen} { req.cook(${cookie}) -m str ${name} }\n`,
  );
  return `${draws.join('')}${kept.join('')}  http-request set-var(txn.web) var(txn.kept) if ${chosen} { var(txn.kept) -m found }
  http-response add-header Set-Cookie "${cookie}=%[var(txn.web)]; ${cookieAttributes(tls)}" if ${chosen} !{ var(txn.kept) -m found }
`;
}

/** A path that begins with two slashes, or with \`/\\\`, is another host to a browser, so none is left there. */
function redirection(
  path: string,
  { url, permanent }: Extract<RouteTarget, { kind: 'redirect' }>,
  chosen: string,
): string {
  const code = permanent ? 308 : 307;
  const base = redirectBase(url);
  const rest = path === '/' ? 'pathq' : `pathq,bytes(${path.length})`;
  const location = base === '' ? `/%[${rest},ltrim(/\\\\)]` : `${base}%[${rest}]`;
  return `  http-request redirect location ${location} code ${code} if ${chosen}\n`;
}

/**
 * Slices of a tier whose addresses fit into one answer of the DNS: 16 bytes each of the 8,192 that HAProxy takes (`accepted_payload_size`). It
 * asks by UDP alone. Measured: CoreDNS gave it 500 in 8,059 bytes, and 511 were none.
 */
const MOST_SLICES = 500;

export function checkTiers(balancer: Role, tiers: WebTier[]): void {
  for (const web of tiers.filter(({ slices }) => slices.length > MOST_SLICES))
    problem(
      balancer,
      'engine',
      `haproxy for ${web.slices.length} slices of ${web.node.path}`,
      `HAProxy finds ${MOST_SLICES}; write BalancerEngine.nginx(), or several tiers`,
    );
}

export function haproxyBackends({ tiers }: BalancerInput): string {
  return `${tiers.map((web) => backend(web.name, web.slices.length, `${web.readyAddress}:${web.port}`)).join('\n')}
# Requests that no route takes.
backend nowhere
  http-request return status 404 content-type text/plain string "No such page.\\n"
`;
}

function backend(name: string, most: number, address: string): string {
  return `backend ${name}
  balance roundrobin
  option redispatch 1
  retries 2
  retry-on conn-failure empty-response 502 503
  http-request disable-l7-retry unless { method GET HEAD }
  # A slice that takes no connection is asked no more; each is looked at every second.
  default-server check inter 1s fastinter 500ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
  server-template web 1-${most} ${address} resolvers dns resolve-prefer ipv4 init-addr none
`;
}
