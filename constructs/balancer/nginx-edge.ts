import { BalancerInput, hasProxies } from './balancer-input';
import { countsKibibytes } from './nginx-sizes';

/** Settings of the HTTP side for what clients see, and for what is told of them. */
export function nginxEdge(plan: BalancerInput, clients: number): string {
  return [
    hasProxies(plan) ? CLIENT : '',
    plan.accessLog ? accessLog(plan) : '',
    ...headerMaps(plan),
    plan.requestsPerSecond === undefined ? '' : rate(plan.requestsPerSecond, clients),
    plan.requestsPerSecond === undefined && plan.limits.length === 0 ? '' : REFUSED,
  ].join('');
}

/** The variables that have a client's address and protocol. */
export function clientOf(plan: BalancerInput): { readonly address: string; readonly protocol: string } {
  return hasProxies(plan)
    ? { address: '$client', protocol: '$protocol' }
    : { address: '$remote_addr', protocol: '$scheme' };
}

/** A proxy that says nothing of its client is the client. */
const CLIENT = `  map $remote_addr $client {
    unix: $proxy_protocol_addr;
    default $remote_addr;
  }
  map $http_x_forwarded_proto $forwarded_protocol {
    http http;
    https https;
    default $scheme;
  }
`;

function accessLog(plan: BalancerInput): string {
  const { address } = clientOf(plan);
  const fields = {
    time: '$time_iso8601',
    client: address,
    method: '$request_method',
    host: '$host',
    uri: '$request_uri',
    status: '$status',
    bytes: '$body_bytes_sent',
    seconds: '$request_time',
    protocol: '$server_protocol',
    referer: '$http_referer',
    agent: '$http_user_agent',
    web: '$upstream_addr',
    webSeconds: '$upstream_response_time',
  };
  return `  log_format access escape=json '${JSON.stringify(fields)}';
  access_log /dev/stdout access;
`;
}

function headerMaps({ headers }: BalancerInput): string[] {
  return Object.entries(headers).map(
    ([name, value], index) => `  map $upstream_http_${name.toLowerCase().replaceAll('-', '_')} $header_${index + 1} {
    "" "${value.replace(/["\\]/g, '\\$&')}";
    default "";
  }
`,
  );
}

/** Headers of an answer. */
export function addedHeaders({ headers }: BalancerInput): string {
  return Object.keys(headers)
    .map((name, index) => `    add_header ${name} $header_${index + 1} always;\n`)
    .join('');
}

const REFUSED = `  limit_req_status 429;
  limit_req_log_level info;
`;

/** 128 bytes of each address, twice those of a connection's. The oldest make room. */
function rate(perSecond: number, clients: number): string {
  return `  limit_req_zone $binary_remote_addr zone=requests:${2 * countsKibibytes(clients)}k rate=${perSecond}r/s;
`;
}

/** Limits of a location that leads to a web tier. Ten seconds' worth may come at once, and a minute's for a path. */
export function rateLimit({ requestsPerSecond, limits }: BalancerInput): string {
  const all = requestsPerSecond === undefined ? [] : [`zone=requests burst=${10 * requestsPerSecond}`];
  const ofPaths = limits.map(({ perMinute }, index) => `zone=path_${index + 1} burst=${perMinute}`);
  return [...all, ...ofPaths].map((each) => `      limit_req ${each} nodelay;\n`).join('');
}
