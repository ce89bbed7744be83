import { BalancerInput, ERROR_PAGE, FOLDERS, MAINTENANCE, StaticPath, hasProxies } from './balancer-input';
import { blobLocation } from './nginx-blobs';
import { addedHeaders } from './nginx-edge';
import { PROXIED_SOCKETS, SOCKETS } from './nginx-front';
import { askUsers, askedAlready, refuseDisguises } from './nginx-users';
import { again, nginxHeaders, nginxRoutes } from './nginx-routes';
import { nginxCookies, nginxSplits } from './nginx-splits';
import { HostRoutes, hostRoutes } from './route-table';

/** A server for each host that has routes, and one for all other hosts; the same again for clients behind trusted proxies. */
export function nginxServers(plan: BalancerInput, directives: string): string {
  const hosts = hostRoutes(plan.routes);
  const fronts = hasProxies(plan) ? [direct(plan), proxied(plan)] : [direct(plan)];
  return [
    hosts.length > 1 ? NAMES : '',
    nginxSplits(plan),
    nginxHeaders(plan),
    plan.tls ? toHttps() : '',
    plan.tls ? certificates(plan) : '',
    ...fronts.flatMap((front) => hosts.map((host) => siteServer(plan, host, front, directives))),
  ].join('');
}

/** Sockets of a server, and the settings for whoever connects to them. */
interface Front {
  readonly listens: string[];
  readonly settings: string;
}

function direct(plan: BalancerInput): Front {
  const listens = [plan.tls ? `${SOCKETS.https} ssl proxy_protocol` : `${SOCKETS.http} proxy_protocol`];
  return { listens, settings: hasProxies(plan) ? '    set $protocol $scheme;\n' : '' };
}

/** The last address in `X-Forwarded-For` that is no trusted proxy's is the client's. */
function proxied({ tls, httpsOnly, trustedProxies }: BalancerInput): Front {
  const listens = [
    `${PROXIED_SOCKETS.http} proxy_protocol`,
    ...(tls ? [`${PROXIED_SOCKETS.https} ssl proxy_protocol`] : []),
  ];
  const settings = `    set_real_ip_from unix:;
${trustedProxies.map((cidr) => `    set_real_ip_from ${cidr};\n`).join('')}    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
    set $protocol $forwarded_protocol;
${httpsOnly ? '    if ($protocol = http) { return 308 https://$host$request_uri; }\n' : ''}`;
  return { listens, settings };
}

/** Room for a name of any length that DNS allows, and for many. */
const NAMES = `  server_names_hash_bucket_size 512;
  server_names_hash_max_size 4096;
`;

/** The same for the map of the certificates. nginx takes it before the first map alone. */
export function mapSizes({ certificates: all }: BalancerInput): string {
  return all.length > 1 ? '  map_hash_bucket_size 512;\n  map_hash_max_size 4096;\n' : '';
}

function toHttps(): string {
  return `
  server {
    listen unix:${SOCKETS.http} proxy_protocol default_server backlog=4096;
    location / { return 308 https://$host$request_uri; }
  }
`;
}

/** A certificate whose file has a variable in its name is read for new connections, so that a renewed one needs no restart. */
function certificates({ certificates: [first, ...others] }: BalancerInput): string {
  const lines = others.flatMap(({ hosts, folder }) => hosts.map((host) => `    ${host} ${folder};\n`));
  return `
  map $ssl_server_name $certificate {
    hostnames;
${lines.join('')}    default ${first?.folder};
  }
  ssl_certificate $certificate/tls.crt;
  ssl_certificate_key $certificate/tls.key;
  ssl_certificate_cache max=1000 valid=60s;
  ssl_session_cache shared:tls:2m;
`;
}

function siteServer(plan: BalancerInput, table: HostRoutes, front: Front, directives: string): string {
  const { host } = table;
  const name = host === undefined ? '' : `    server_name ${host};\n`;
  const listens = front.listens.map(
    (listen) => `    listen unix:${listen}${host === undefined ? ' default_server backlog=4096' : ''};\n`,
  );
  return `
  server {
${listens.join('')}${plan.tls ? '    http2 on;\n' : ''}${name}${front.settings}${refuseDisguises(plan)}${askUsers(plan)}${addedHeaders(plan)}${nginxCookies(plan)}${locations(plan, table)}
${directives === '' ? '' : `${directives.replace(/^(?=.)/gm, '    ').trimEnd()}\n`}  }
`;
}

function locations(plan: BalancerInput, table: HostRoutes): string {
  const { routes } = table;
  if (plan.maintenancePage !== undefined) return [...plan.staticPaths.map(staticLocation), closed(plan)].join('\n');
  const toWeb = routes.some(({ _target }) => _target.kind !== 'redirect');
  return [
    ...(toWeb ? plan.staticPaths.map(staticLocation) : []),
    ...nginxRoutes(plan, table),
    ...(routes.some(({ _path }) => _path === '/') ? [] : ['    location / { return 404; }']),
    ...(toWeb ? [again(plan)] : []),
    ...(toWeb && plan.errorPage !== undefined ? [page(plan, '/!error', ERROR_PAGE)] : []),
    ...(toWeb && plan.fetchFrom !== undefined ? [blobLocation(plan.fetchFrom, askedAlready(plan))] : []),
  ].join('\n');
}

function closed(plan: BalancerInput): string {
  return `    location / { return 503; }
    error_page 503 /!maintenance;
${page(plan, '/!maintenance', MAINTENANCE)}`;
}

/** The page is served as a file, whatever the request's method. No static file has an exclamation mark in its path. */
function page(plan: BalancerInput, path: string, { file, retrySeconds }: typeof ERROR_PAGE): string {
  return `    location = ${path} {
      internal;
      alias ${FOLDERS.configuration}/${file};
      default_type text/html;
${askedAlready(plan)}      add_header Retry-After ${retrySeconds} always;
${addedHeaders(plan)}    }`;
}

function staticLocation({ path, maxAge }: StaticPath): string {
  return `    location ${path.endsWith('/') ? '^~' : '='} ${path} {
      root ${FOLDERS.statics};
      expires ${maxAge}s;
    }`;
}
