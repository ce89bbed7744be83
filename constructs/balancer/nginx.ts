import { checkNginxDirectives } from '../core/directives';
import { k8s } from '../core/imports';
import { addressLimit } from './address-limit';
import { BalancerParts, BalancerInput, COMPRESSED, FOLDERS, pageFiles } from './balancer-input';
import { BalancerImplementation } from './balancer-implementation';
import type { BalancerProps } from './balancer-props';
import { container } from '../core/container';
import { problem } from '../core/problems';
import type { Role } from '../core/role';
import type { WebTier } from '../web/web-tier';
import { CLAIMS } from './claims';
import { FIGURES_LOCATIONS, marksSettings, watchNginx } from './nginx-figures';
import { BALANCER_SCRIPTS } from './scripts-bundle';
import { usersMounts } from './protected-paths';
import { nginxUsers } from './nginx-users';
import { nginxLimits } from './nginx-limits';
import { nginxFront } from './nginx-front';
import { clientOf, nginxEdge } from './nginx-edge';
import { mapSizes, nginxServers } from './nginx-servers';
import {
  clientLimit,
  countsKibibytes,
  headerBuffers,
  openFiles,
  slicesKibibytes,
  workerConnections,
} from './nginx-sizes';

/** nginx' user in the official image. */
const USER = 101;

const WORKERS = 2;

/**
 * How often a request is tried. While one of two slices is dead and still ready, each try has even chances.
 */
const TRIES = 4;

/** nginx, which does all that a balancer can be told to. */
export class Nginx implements BalancerImplementation {
  public readonly name = 'nginx';
  public readonly healthPath = '/healthz';
  public readonly watch = watchNginx;

  constructor(
    public readonly image: string,
    private readonly directives: string,
  ) {}

  public check(balancer: Role, { staticFiles = [], blobs }: BalancerProps): void {
    checkNginxDirectives(balancer, 'engine.directives', this.directives);
    const path = staticFiles.flatMap(({ paths }) => paths).find((each) => each === '/reproxy/');
    if (blobs && path !== undefined)
      problem(balancer, 'staticFiles', path, 'nginx has it for blobs; write another path');
  }

  public parts(plan: BalancerInput): BalancerParts {
    return nginxContainers(this.image, plan, this.directives);
  }
}

function nginxContainers(image: string, plan: BalancerInput, directives: string): BalancerParts {
  const ready = { path: '/healthz', port: k8s.IntOrString.fromNumber(plan.healthPort) };
  return {
    files: { 'nginx.conf': nginxConfiguration(plan, directives), ...pageFiles(plan) },
    containers: [
      container({
        name: 'nginx',
        image,
        mebibytes: plan.mebibytes,
        command: ['/bin/sh', '-c', BALANCER_SCRIPTS['nginx.sh'] as string],
        env: [
          { name: 'HTTP_PORT', value: String(plan.httpPort) },
          { name: 'HTTPS_PORT', value: String(plan.httpsPort) },
        ],
        user: USER,
        ports: ports(plan),
        mounts: [
          { name: 'balancer', mountPath: FOLDERS.configuration, readOnly: true },
          { name: 'run', mountPath: '/run/nginx' },
          { name: 'statics', mountPath: FOLDERS.statics, readOnly: true },
          ...(plan.tls ? [{ name: 'tls', mountPath: FOLDERS.certificate, readOnly: true }] : []),
          ...usersMounts(plan.protections),
        ],
        readiness: { httpGet: ready, periodSeconds: 1, failureThreshold: 2 },
        liveness: { httpGet: ready, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 },
      }),
    ],
    volumes: [{ name: 'run', emptyDir: {} }],
  };
}

function ports(plan: BalancerInput): k8s.ContainerPort[] {
  return [
    { name: 'http', containerPort: plan.httpPort },
    ...(plan.tls ? [{ name: 'https', containerPort: plan.httpsPort }] : []),
  ];
}

function nginxConfiguration(plan: BalancerInput, directives: string): string {
  const clients = clientLimit(plan.mebibytes - plan.reserved, plan.headersKibibytes);
  return `# Debian's package has the module \`stream\` apart; in nginx' own image it is built in, and there is no such folder.
include /etc/nginx/modules-enabled/*.conf;
worker_processes ${WORKERS};
worker_rlimit_nofile ${openFiles(clients)};
pid /run/nginx/nginx.pid;
error_log /dev/stderr warn;
# Requests in flight end within this after a stop.
worker_shutdown_timeout 20s;
events {
  worker_connections ${workerConnections(clients)};
}
${nginxFront(plan, clients)}
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
${mapSizes(plan)}${marksSettings(plan.maintenancePage !== undefined)}
  server_tokens off;
  sendfile on;
${plan.compression ? `  gzip on;\n  gzip_vary on;\n  gzip_types ${COMPRESSED.join(' ')};\n` : ''}  client_body_temp_path /run/nginx/body;
  proxy_temp_path /run/nginx/proxy;
  fastcgi_temp_path /run/nginx/fastcgi;
  uwsgi_temp_path /run/nginx/uwsgi;
  scgi_temp_path /run/nginx/scgi;

  # A client that is slower than this is not waited for.
  client_header_timeout 10s;
  client_body_timeout 10s;
  send_timeout 10s;
  keepalive_timeout 15s;
  reset_timedout_connection on;
  client_max_body_size ${plan.largestBody}k;
${headerBuffers(plan.headersKibibytes)}  set_real_ip_from unix:;
  real_ip_header proxy_protocol;
  # A connection of HTTP/2 has many requests at once.
  limit_conn_zone $binary_remote_addr zone=clients:${countsKibibytes(clients)}k;
  limit_conn clients ${addressLimit(clients)};
  limit_conn_status 429;
  limit_conn_log_level info;

${nginxEdge(plan, clients)}${nginxLimits(plan, clients)}  # Redirects to a path stay at the address that the client asked.
  absolute_redirect off;

  include /run/nginx/resolver.conf;
${plan.tiers.map(upstream).join('\n')}
${handOver(plan)}${nginxUsers(plan)}
  server {
    listen ${plan.healthPort};
    access_log off;
    location = /healthz { return 200 "ok\\n"; }
${FIGURES_LOCATIONS}
  }
${nginxServers(plan, directives)}}
`;
}

function upstream(web: WebTier): string {
  return `  upstream ${web.name} {
    zone ${web.name} ${slicesKibibytes(web.slices.length)}k;
    # One address, so that no page waits for the cluster's DNS. It leads each connection to a slice that is ready; each line is another try.
${`    server ${web.anyAddress}:${web.port} resolve max_fails=0;\n`.repeat(TRIES).trimEnd()}
  }`;
}

function handOver(plan: BalancerInput): string {
  const { address, protocol } = clientOf(plan);
  return `  # WebSocket, and no other protocol: behind h2c a client would choose its path unseen.
  map $http_upgrade $upgrade {
    ~*^websocket$ websocket;
    default "";
  }
  map $upgrade $connection_header {
    websocket upgrade;
    default "";
  }
  proxy_http_version 1.1;
  proxy_set_header Upgrade $upgrade;
  proxy_set_header Connection $connection_header;
  proxy_set_header Host $host;
  # Whatever a client says of itself is thrown away.
  proxy_set_header X-Real-IP ${address};
  proxy_set_header X-Forwarded-For ${address};
  proxy_set_header X-Forwarded-Proto ${protocol};
${CLAIMS.map((name) => `  proxy_set_header ${name} "";\n`).join('')}  proxy_hide_header X-Reproxy-URL;${plan.fetchFrom === undefined ? IGNORE_POINTERS : ''}
  # Within the cluster a connection takes a millisecond: one that takes longer goes to a slice that is dead.
  proxy_connect_timeout 300ms;
  proxy_read_timeout ${plan.answerSeconds}s;
  # What was sent to a slice that has died since is given up by the pod's sysctls, after 5 s.
  proxy_socket_keepalive on;
  # Another slice is asked where none was reached, or where the request may be repeated.
  proxy_next_upstream error timeout http_502 http_503;
  proxy_next_upstream_tries ${TRIES};
  proxy_next_upstream_timeout 10s;
`;
}

/** Without a store to fetch from, the web tier points to nothing: its answer is passed on. */
const IGNORE_POINTERS = `
  proxy_ignore_headers X-Accel-Redirect;`;
