import { BALANCER_SCRIPTS } from './scripts-bundle';
import { k8s } from '../core/imports';
import { addressLimit } from './address-limit';
import type { BalancerProps } from './balancer-props';
import { BalancerParts, BalancerInput, COMPRESSED, FOLDERS, hasProxies, pageFiles } from './balancer-input';
import { BalancerImplementation } from './balancer-implementation';
import { watchHaProxy } from './haproxy-figures';
import {
  CLOSED,
  haproxyAddresses,
  haproxyClient,
  haproxyErrors,
  haproxyHeaders,
  haproxyRate,
  haproxyTables,
  proxiesFiles,
} from './haproxy-edge';
import { CLAIMS } from './claims';
import { haproxyLimits, haproxyLimitTable, haproxyPlace } from './haproxy-places';
import { haproxyBuffers, haproxyClientLimit } from './haproxy-sizes';
import { haproxyUsers } from './haproxy-users';
import { usersMounts } from './protected-paths';
import { tiersOf } from './route-checks';
import { checkTiers, haproxyBackends, haproxyRoutes } from './haproxy-routes';
import { container } from '../core/container';
import { problem } from '../core/problems';
import type { Role } from '../core/role';

/** HAProxy's user in the official image. */
const USER = 99;

/** Connections beyond the clients', for the kubelet, the agent and Admin. */
const RESERVED_CONNECTIONS = 64;

/** Bytes of a page of the balancer's own, which has to fit in a buffer of 16 KiB with the answer's headers. */
const LARGEST_PAGE = 12 * 1024;

/** HAProxy, which checks and retries by itself, and serves no files. */
export class HaProxy implements BalancerImplementation {
  public readonly name = 'haproxy';
  public readonly healthPath = '/healthz';
  public readonly watch = watchHaProxy;

  constructor(public readonly image: string) {}

  public check(balancer: Role, props: BalancerProps): void {
    const { staticFiles = [], blobs, maintenancePage, errorPage } = props;
    const instead = 'HAProxy serves and fetches no files; leave it out, or write BalancerEngine.nginx()';
    const paths = staticFiles.flatMap((each) => each.paths);
    if (paths.length > 0) problem(balancer, 'staticFiles', paths[0], instead);
    if (blobs) problem(balancer, 'blobs', blobs.node.path, instead);
    checkTiers(balancer, tiersOf(props));
    checkSize(balancer, 'maintenancePage', maintenancePage);
    checkSize(balancer, 'errorPage', errorPage);
  }

  public parts(plan: BalancerInput): BalancerParts {
    const checked = { path: this.healthPath, port: k8s.IntOrString.fromNumber(plan.healthPort) };
    return {
      files: {
        'haproxy.cfg': haproxyConfiguration(plan),
        ...certificatesFiles(plan),
        ...proxiesFiles(plan),
        ...pageFiles(plan),
      },
      containers: [
        container({
          name: 'haproxy',
          image: this.image,
          mebibytes: plan.mebibytes,
          command: ['/bin/sh', '-c', BALANCER_SCRIPTS['haproxy.sh'] as string],
          user: USER,
          ports: [
            { name: 'http', containerPort: plan.httpPort },
            ...(plan.tls ? [{ name: 'https', containerPort: plan.httpsPort }] : []),
          ],
          mounts: [
            { name: 'balancer', mountPath: FOLDERS.configuration, readOnly: true },
            ...(plan.tls ? [{ name: 'tls', mountPath: FOLDERS.certificate, readOnly: true }] : []),
            ...usersMounts(plan.protections),
            ...(plan.protections.length > 0 ? [{ name: 'run', mountPath: '/run/haproxy' }] : []),
          ],
          readiness: { httpGet: checked, periodSeconds: 1, failureThreshold: 2 },
          liveness: { httpGet: checked, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 },
        }),
      ],
      // Users as HAProxy has them.
      volumes:
        plan.protections.length > 0
          ? [{ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } }]
          : [],
    };
  }
}

function checkSize(balancer: Role, property: string, page = ''): void {
  const smaller = `HAProxy takes ${LARGEST_PAGE / 1024} KiB; write a smaller page, or BalancerEngine.nginx()`;
  if (Buffer.byteLength(page) > LARGEST_PAGE) problem(balancer, property, page, smaller);
}

function haproxyConfiguration(plan: BalancerInput): string {
  const clients = haproxyClientLimit(plan.mebibytes - plan.reserved, plan.headersKibibytes);
  return `global
  maxconn ${clients + (plan.tls ? redirected(clients) : 0) + RESERVED_CONNECTIONS}
${haproxyBuffers(plan)}  no strict-limits
  nbthread 2
  log ${plan.accessLog ? 'stdout format raw local0 info' : 'stderr format raw local0 notice'}
  # Requests in flight end within this after a stop.
  hard-stop-after 20s
  # The certificate's key is beside it: tls.key.
  ssl-load-extra-del-ext
  ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
  mode http
  log global
  option dontlognull
  option http-buffer-request
  timeout connect 500ms
  # All headers of a request, and the start of its body.
  timeout http-request 10s
  timeout client 10s
  timeout http-keep-alive 15s
  timeout queue 10s
  timeout server ${plan.answerSeconds}s
  # Of WebSocket, where either end says nothing.
  timeout tunnel ${plan.answerSeconds}s
  timeout check 500ms
${plan.compression ? `  compression algo gzip\n  compression type text/html ${COMPRESSED.join(' ')}\n` : ''}${haproxyErrors(plan)}
resolvers dns
  parse-resolv-conf
  accepted_payload_size 8192
  timeout resolve 1s
  timeout retry 1s
  hold valid 2s
  hold obsolete 2s

frontend health
  bind 0.0.0.0:${plan.healthPort}
${plan.accessLog ? '  no log\n' : ''}  maxconn ${RESERVED_CONNECTIONS}
  monitor-uri /healthz
  http-request use-service prometheus-exporter if { path /metrics }
  http-request deny deny_status 404

${plan.tls ? tlsFrontends(plan, clients) : siteFrontend(`bind 0.0.0.0:${plan.httpPort} backlog 4096`, plan, clients)}
# Connections of each address.
backend addresses
  stick-table type ip size ${2 * clients} expire 60s store conn_cur

${haproxyTables(plan, clients)}${haproxyLimitTable(plan, clients)}${haproxyBackends(plan)}`;
}

/** Clients without TLS at once, which are only sent on. */
function redirected(clients: number): number {
  return Math.ceil(clients / 4);
}

function bounds(plan: BalancerInput, clients: number, all = clients): string {
  return `  maxconn ${all}
${plan.behindProxy ? '' : haproxyAddresses(plan, addressLimit(clients))}${plan.accessLog ? '  option httplog\n' : ''}`.trimEnd();
}

function siteFrontend(bind: string, plan: BalancerInput, clients: number): string {
  return `frontend site
  ${bind}
${bounds(plan, clients)}
${siteRules(plan, plan.tls ? 'https' : 'http')}`;
}

function siteRules(plan: BalancerInput, protocol: 'http' | 'https'): string {
  return `${haproxyClient(plan, protocol)}  # A body whose length is not announced cannot be bounded.
  http-request return status 411 content-type text/plain string "Say the length.\\n" if { req.hdr(Transfer-Encoding) -m found }
  http-request deny deny_status 413 if { req.body_size gt ${plan.largestBody * 1024} }
${haproxyRate(plan)}${haproxyPlace(plan)}${haproxyLimits(plan)}${haproxyUsers(plan)}  # Whatever a client says of itself is thrown away.
${CLAIMS.map((name) => `  http-request del-header ${name}\n`).join('')}  # Many programs take a name with an underscore for the same one with a hyphen.
  http-request del-header _ -m sub
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-Proto ${hasProxies(plan) ? '%[var(txn.protocol)]' : protocol}
  # WebSocket, and no other protocol: behind h2c a client would choose its path unseen.
  http-request del-header Upgrade unless { req.hdr(Upgrade) -i -m str websocket }
  http-response del-header X-Reproxy-URL
${haproxyHeaders(plan)}${plan.maintenancePage === undefined ? haproxyRoutes(plan) : CLOSED}`;
}

/** A line has 64 words at most, so that several certificates are in a file. */
const CERTIFICATES_FILE = 'certificates.lst';

function certificates({ certificates: [first, ...others] }: BalancerInput): string {
  return others.length > 0 ? `crt-list ${FOLDERS.configuration}/${CERTIFICATES_FILE}` : `crt ${first?.folder}/tls.crt`;
}

function certificatesFiles({ certificates: all }: BalancerInput): Record<string, string> {
  return all.length > 1 ? { [CERTIFICATES_FILE]: all.map(({ folder }) => `${folder}/tls.crt\n`).join('') } : {};
}

function tlsFrontends(plan: BalancerInput, clients: number): string {
  const bind = `bind 0.0.0.0:${plan.httpsPort} ssl ${certificates(plan)} alpn h2,http/1.1 backlog 4096`;
  // A proxy may have had its client's request by HTTPS, and bring it without.
  const plain =
    plan.trustedProxies.length > 0 ? siteRules(plan, 'http') : '  http-request redirect scheme https code 308\n';
  return `frontend plain
  bind 0.0.0.0:${plan.httpPort} backlog 4096
${bounds(plan, clients, plan.trustedProxies.length > 0 ? clients : redirected(clients))}
${plain}
${siteFrontend(bind, plan, clients)}`;
}
