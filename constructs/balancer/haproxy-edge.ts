import { BalancerInput, ERROR_PAGE, FOLDERS, MAINTENANCE, hasProxies } from './balancer-input';

/** A line of HAProxy's configuration has 64 words at most, so that lists of any length are in files. */
const PROXIES_FILE = 'proxies.lst';
const BALANCERS_FILE = 'balancers.lst';

/** A condition that holds for connections of trusted proxies; empty where there are none. */
export function trusted({ trustedProxies }: BalancerInput): string {
  return trustedProxies.length > 0 ? `{ src -f ${FOLDERS.configuration}/${PROXIES_FILE} }` : '';
}

/** Files of networks: those of the trusted proxies, and of load balancers that say who their client is. */
export function proxiesFiles({ trustedProxies, proxyProtocol }: BalancerInput): Record<string, string> {
  return {
    ...(trustedProxies.length > 0 ? { [PROXIES_FILE]: `${trustedProxies.join('\n')}\n` } : {}),
    ...(proxyProtocol.length > 0 ? { [BALANCERS_FILE]: `${proxyProtocol.join('\n')}\n` } : {}),
  };
}

/** Counts connections of an address: by the PROXY protocol only once that has said whose they are. */
export function haproxyAddresses(plan: BalancerInput, most: number): string {
  const proxies = trusted(plan);
  const says = plan.proxyProtocol.length > 0;
  const rule = `  tcp-request ${says ? 'session' : 'connection'}`;
  const expect = `  tcp-request connection expect-proxy layer4 if { src -f ${FOLDERS.configuration}/${BALANCERS_FILE} }\n`;
  return `${says ? expect : ''}${rule} track-sc0 src table addresses${proxies === '' ? '' : ` unless ${proxies}`}
${rule} reject if { sc0_conn_cur(addresses) gt ${most} }
`;
}

/** How many proxies may stand behind one another. */
const PROXIES = 3;

/** Finds the client of a request that trusted proxies bring: the last address in `X-Forwarded-For` that is none of theirs. */
export function haproxyClient(plan: BalancerInput, protocol: 'http' | 'https'): string {
  if (!hasProxies(plan)) return '';
  const proxied = '{ var(txn.proxied) -m bool }';
  const hops = Array.from({ length: plan.trustedProxies.length > 0 ? PROXIES : 1 }, (_, index) => {
    const address = `req.hdr_ip(X-Forwarded-For,-${index + 1})`;
    const bearer = plan.behindProxy && index === 0 ? '' : `${trusted(plan)} `;
    return `  http-request set-src ${address} if ${proxied} ${bearer}{ ${address} -m found }\n`;
  });
  return `  http-request set-var(txn.proxied) bool(true)${plan.behindProxy ? '' : ` if ${trusted(plan)}`}
  http-request set-var(txn.protocol) str(${protocol})
  http-request set-var(txn.protocol) req.fhdr(X-Forwarded-Proto,-1) if ${proxied} { req.fhdr(X-Forwarded-Proto,-1) -m str http https }
${hops.join('')}${plan.httpsOnly ? '  http-request redirect scheme https code 308 if { var(txn.protocol) -m str http }\n' : ''}`;
}

/** Ten seconds' worth may come at once. */
export function haproxyRate({ requestsPerSecond }: BalancerInput): string {
  if (requestsPerSecond === undefined) return '';
  return `  http-request track-sc1 src table requests
  http-request deny deny_status 429 if { sc1_http_req_rate(requests) gt ${10 * requestsPerSecond} }
`;
}

export function haproxyTables({ requestsPerSecond }: BalancerInput, clients: number): string {
  if (requestsPerSecond === undefined) return '';
  return `# Requests of each address.
backend requests
  stick-table type ip size ${2 * clients} expire 20s store http_req_rate(10s)

`;
}

/** The answer of a closed site in place of every route. */
export const CLOSED = `  http-request return status 503 content-type "text/html" file ${FOLDERS.configuration}/${MAINTENANCE.file} hdr Retry-After ${MAINTENANCE.retrySeconds}
  default_backend nowhere
`;

/** Pages of HAProxy's own errors; what a web tier answers is none of them. */
export function haproxyErrors({ errorPage }: BalancerInput): string {
  if (errorPage === undefined) return '';
  const page = `content-type "text/html" file ${FOLDERS.configuration}/${ERROR_PAGE.file} hdr Retry-After ${ERROR_PAGE.retrySeconds}`;
  return [502, 503, 504].map((status) => `  http-error status ${status} ${page}\n`).join('');
}

export function haproxyHeaders({ headers }: BalancerInput): string {
  return Object.entries(headers)
    .map(([name, value]) => {
      const text = value.replace(/["\\]/g, '\\$&').replaceAll('%', '%%');
      return `  http-after-response set-header ${name} "${text}" unless { res.hdr(${name}) -m found }\n`;
    })
    .join('');
}
