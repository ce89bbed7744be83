import { BalancerInput, hasProxies } from './balancer-input';
import { addressLimit } from './address-limit';
import { countsKibibytes } from './nginx-sizes';

/** Sockets on which the site listens for connections that the front lets in. */
export const SOCKETS = { http: '/run/nginx/http.sock', https: '/run/nginx/https.sock' };

/** The same for connections of trusted proxies, whose word on a client counts. */
export const PROXIED_SOCKETS = { http: '/run/nginx/proxied-http.sock', https: '/run/nginx/proxied-https.sock' };

/**
 * Counts connections as they come, and passes connections within bounds on, with the client's address (PROXY protocol). The HTTP side of
 * nginx counts a client only once it has sent all its headers. A client that sends one byte would hold a connection uncounted.
 *
 * All connections together are bounded as well, below the workers' limit, so that the port of the health check always finds one.
 */
export function nginxFront(plan: BalancerInput, clients: number): string {
  const kibibytes = countsKibibytes(clients);
  const trusts = hasProxies(plan);
  const balancers = plan.proxyProtocol.map((cidr) => `  set_real_ip_from ${cidr};\n`);
  const listen = plan.proxyProtocol.length > 0 ? ' proxy_protocol' : '';
  return `stream {
${balancers.join('')}${trusts ? proxies(plan) : ''}  limit_conn_zone ${trusts ? '$counted_address' : '$binary_remote_addr'} zone=addresses:${kibibytes}k;
${shareOfAll(clients)}
  limit_conn_zone $share zone=all:64k;
  limit_conn addresses ${addressLimit(clients)};
  limit_conn all ${Math.min(65_535, Math.floor(clients / shares(clients)))};
  # A line for each refusal would let strangers fill the log.
  limit_conn_log_level info;
  proxy_protocol on;
  proxy_connect_timeout 1s;
  # Longer than the site waits for anything, so that this ends only who reads nothing of an answer that is given up.
  proxy_timeout ${plan.answerSeconds + 15}s;
  proxy_buffer_size 4k;
${server(`${plan.httpPort}${listen}`, trusts ? '$http_socket' : `unix:${SOCKETS.http}`)}
${plan.tls ? `${server(`${plan.httpsPort}${listen}`, trusts ? '$https_socket' : `unix:${SOCKETS.https}`)}\n` : ''}}`;
}

/** A proxy has the connections of many clients: they are counted by the site, once their headers say whose they are. */
function proxies({ trustedProxies, behindProxy, tls }: BalancerInput): string {
  const socket = (scheme: 'http' | 'https') => `  map $is_proxy $${scheme}_socket {
    1 unix:${PROXIED_SOCKETS[scheme]};
    default unix:${SOCKETS[scheme]};
  }
`;
  return `  geo $is_proxy {
    default ${behindProxy ? 1 : 0};
${trustedProxies.map((cidr) => `    ${cidr} 1;\n`).join('')}  }
  map $is_proxy $counted_address {
    1 "";
    default $binary_remote_addr;
  }
${socket('http')}${tls ? socket('https') : ''}`;
}

/** nginx counts no further than 65,535, so that more are counted in shares, by the last digit of the client's port. */
function shares(clients: number): number {
  return Math.min(10, Math.ceil(clients / 65_535));
}

function shareOfAll(clients: number): string {
  const digits = Array.from({ length: 10 }, (_, digit) => `    ~${digit}$ ${digit % shares(clients)};`);
  return `  map $remote_port $share {\n${digits.join('\n')}\n  }`;
}

function server(port: string, socket: string): string {
  return `  server {
    listen ${port} backlog=4096 sndbuf=128k;
    proxy_pass ${socket};
  }`;
}
