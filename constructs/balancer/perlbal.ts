import { k8s } from '../core/imports';
import { BalancerParts, BalancerInput, FOLDERS } from './balancer-input';
import { CLAIMS } from './claims';
import { BalancerImplementation } from './balancer-implementation';
import { addressLimit } from './address-limit';
import type { BalancerProps } from './balancer-props';
import { container, sidecar } from '../core/container';
import { problem } from '../core/problems';
import type { Role } from '../core/role';
import { PERLBAL_PROGRAMS } from './perlbal-bundle';
import { refuseEdge } from './edge';
import { perlbalHosts, perlbalName, perlbalSites } from './perlbal-sites';
import { FIGURES_FOLDER, watchPerlbal } from './perlbal-figures';

/** The user of this project's image. */
const USER = 10001;

/** RAM of the loop that writes the node file, in MiB: perl with its socket libraries takes 12. */
const NODES_MEBIBYTES = 24;

/** Perlbal without a client, in MiB. Idle it takes 21. */
const BASE_MEBIBYTES = 40;

/** Memory of a client at most, in KiB: Perlbal reads as much ahead for a slow client (`buffer_size`, its default). */
const CLIENT_KIBIBYTES = 256;

/** Clients that may be connected at once, so that bytes read ahead for them stay within the RAM. */
export function perlbalClientLimit(mebibytes: number): number {
  return Math.floor(((mebibytes - NODES_MEBIBYTES - BASE_MEBIBYTES) * 1024) / CLIENT_KIBIBYTES);
}

/** Seconds of silence that end a connection before its request has been read. Perlbal looks every 5. */
const HEADER_SECONDS = 10;

const MANAGEMENT_PORT = 16000;
/** Perl's folder for plugins, in Debian. */
const PLUGINS = '/usr/local/lib/site_perl/Perlbal/Plugin';
const NODES = '/run/perlbal';

/** Perlbal, which does all that a balancer can be told to. */
export class Perlbal implements BalancerImplementation {
  public readonly name = 'perlbal';
  public readonly healthPath = '/metrics';
  public readonly watch = watchPerlbal;

  constructor(public readonly image: string) {}

  public check(balancer: Role, props: BalancerProps): void {
    const { routes = [], tls, certificates = [] } = props;
    refuseEdge(balancer, props);
    const front = props.front?._implementation;
    if (front?.isProxy)
      problem(
        balancer,
        'front',
        front.name,
        'Perlbal believes no proxy who its client is; leave it out, or write BalancerEngine.nginx()',
      );
    const instead = 'Perlbal neither redirects nor splits; leave it out, or write BalancerEngine.nginx()';
    for (const { _name, _target } of routes) if (_target.kind !== 'web') problem(balancer, 'routes', _name, instead);
    for (const { _name, _headers } of routes)
      if (_headers.length > 0)
        problem(
          balancer,
          'routes.headers',
          _name,
          'Perlbal looks at no headers; leave it out, or write BalancerEngine.nginx()',
        );
    if (certificates.length + (tls ? 1 : 0) > 1)
      problem(
        balancer,
        'certificates',
        certificates.map(({ secret }) => secret),
        'Perlbal shows one certificate; leave the others out, or write BalancerEngine.nginx()',
      );
  }

  public parts(plan: BalancerInput): BalancerParts {
    return perlbalContainers(this.image, plan);
  }
}

function perlbalContainers(image: string, plan: BalancerInput): BalancerParts {
  const checked = { path: '/metrics', port: k8s.IntOrString.fromNumber(plan.healthPort) };
  const clients = perlbalClientLimit(plan.mebibytes - plan.reserved);
  const mounts = [
    { name: 'balancer', mountPath: FOLDERS.configuration, readOnly: true },
    { name: 'run', mountPath: '/run/perlbal' },
  ];
  const plugins = pluginsOf(plan);
  const watcher = {
    image,
    mebibytes: NODES_MEBIBYTES,
    user: USER,
    mounts,
    env: [
      {
        name: 'TIERS',
        value: plan.tiers.map((web) => `${perlbalName(web)}=${web.readyAddress}:${web.port}`).join(' '),
      },
      { name: 'NODES', value: NODES },
      { name: 'FIGURES', value: FIGURES_FOLDER },
      { name: 'CONSOLE_PORT', value: String(MANAGEMENT_PORT) },
    ],
  };
  return {
    files: {
      'perlbal.conf': perlbalConfiguration(plan),
      ...programs(['nodes.pl', 'figures.pl', ...plugins]),
    },
    sidecars: [
      sidecar({
        ...watcher,
        name: 'nodes',
        command: ['perl', `${FOLDERS.configuration}/nodes.pl`],
        // Perlbal does not start without the files. The loop writes them in the order of their names.
        startup: { exec: { command: ['test', '-s', lastFile(plan)] }, periodSeconds: 1, failureThreshold: 60 },
      }),
    ],
    containers: [
      container({
        name: 'perlbal',
        image,
        mebibytes: plan.mebibytes - NODES_MEBIBYTES,
        command: ['perlbal', `--config=${FOLDERS.configuration}/perlbal.conf`],
        env: [
          { name: 'PERLBAL_DRAIN_SECONDS', value: '15' },
          { name: 'LARGEST_BODY', value: String(plan.largestBody * 1024) },
          { name: 'CLAIMS', value: CLAIMS.join(' ').toLowerCase() },
          { name: 'ADDRESS_CONNECTIONS', value: String(addressLimit(clients)) },
          { name: 'CLIENT_CONNECTIONS', value: String(clients) },
          { name: 'HEADER_SECONDS', value: String(HEADER_SECONDS) },
          ...(plan.fetchFrom === undefined ? [] : [{ name: 'FETCH_FROM', value: plan.fetchFrom }]),
        ],
        user: USER,
        ports: [
          { name: 'http', containerPort: plan.httpPort },
          ...(plan.tls ? [{ name: 'https', containerPort: plan.httpsPort }] : []),
        ],
        mounts: [
          ...mounts,
          { name: 'statics', mountPath: FOLDERS.statics, readOnly: true },
          ...(plan.tls ? [{ name: 'tls', mountPath: FOLDERS.certificate, readOnly: true }] : []),
          ...plugins.map((file) => ({
            name: 'balancer',
            mountPath: `${PLUGINS}/${file}`,
            subPath: file,
            readOnly: true,
          })),
        ],
        readiness: { httpGet: checked, periodSeconds: 1, failureThreshold: 2 },
        // Another container writes that page.
        liveness: { tcpSocket: { port: checked.port }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 },
      }),
    ],
    volumes: [{ name: 'run', emptyDir: {} }],
  };
}

function pluginsOf(plan: BalancerInput): string[] {
  return [
    'Body.pm',
    'Client.pm',
    'Guard.pm',
    'Hosts.pm',
    ...(plan.fetchFrom === undefined ? [] : ['Reproxy.pm']),
    ...(plan.tls ? ['Https.pm'] : []),
  ];
}

function programs(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, PERLBAL_PROGRAMS[name]!]));
}

function perlbalConfiguration(plan: BalancerInput): string {
  const reproxies = plan.fetchFrom !== undefined;
  return `LOAD vhosts
LOAD vpaths
LOAD body
LOAD client
LOAD guard
LOAD hosts
${plan.tls ? 'LOAD https\n' : ''}${reproxies ? 'LOAD reproxy\n' : ''}SERVER aio_mode = ioaio
SERVER aio_threads = 4
SERVER max_connections = ${2 * perlbalClientLimit(plan.mebibytes - plan.reserved) + 64}
DEFAULT persist_client = on
${MIME_TYPES.map(([extension, type]) => `mime set ${extension} ${type}`).join('\n')}

${plan.tiers.map((web) => tierService(plan, perlbalName(web))).join('\n')}
CREATE SERVICE figures
  SET role = web_server
  SET listen = 0.0.0.0:${plan.healthPort}
  SET docroot = ${FIGURES_FOLDER}
ENABLE figures

CREATE SERVICE static
  SET role = web_server
  SET docroot = ${FOLDERS.statics}
  # Several files in one answer: /css/??a.css,b.css
  SET enable_concatenate_get = on
ENABLE static

${perlbalSites(plan)}
CREATE SERVICE front
  SET listen = 0.0.0.0:${plan.httpPort}
${plan.tls ? SEND_TO_HTTPS : serveSites(plan)}
ENABLE front
${plan.tls ? tlsFront(plan) : ''}
CREATE SERVICE management
  SET role = management
  # It asks no one who he is.
  SET listen = 127.0.0.1:${MANAGEMENT_PORT}
ENABLE management
`;
}

function lastFile({ tiers }: BalancerInput): string {
  return `${NODES}/${tiers.map(perlbalName).sort().at(-1)}.nodes`;
}

function tierService(plan: BalancerInput, name: string): string {
  const reproxies = plan.fetchFrom !== undefined;
  return `CREATE POOL nodes_${name}
  SET nodefile = ${NODES}/${name}.nodes

CREATE SERVICE to_${name}
  SET role = reverse_proxy
  SET plugins = body, client${reproxies ? ', reproxy' : ''}
  SET pool = nodes_${name}
  SET persist_backend = on
  SET verify_backend = off
  SET enable_reproxy = ${reproxies ? 'true' : 'false'}
  # Whatever a client says of itself is thrown away.
  SET always_trusted = off
  SET buffer_uploads = on
  SET buffer_uploads_path = /run/perlbal
  SET idle_timeout = ${plan.answerSeconds}
  SET max_chunked_request_size = ${plan.largestBody}k
ENABLE to_${name}
`;
}

const serveSites = (plan: BalancerInput) => `  SET role = selector
  SET idle_timeout = ${HEADER_SECONDS}
  SET plugins = vhosts, hosts, guard
${perlbalHosts(plan)}`;
const SEND_TO_HTTPS = `  SET role = web_server
  SET idle_timeout = ${HEADER_SECONDS}
  SET plugins = https, guard`;

function tlsFront(plan: BalancerInput): string {
  return `
CREATE SERVICE tls_front
  SET listen = 0.0.0.0:${plan.httpsPort}
${serveSites(plan)}
  SET enable_ssl = on
  SET ssl_key_file = ${plan.certificates[0]?.folder}/tls.key
  SET ssl_cert_file = ${plan.certificates[0]?.folder}/tls.crt
ENABLE tls_front
`;
}

/** Perlbal's own table ends at the year 2008, and takes an unknown type for text. */
const MIME_TYPES = [
  ['svg', 'image/svg+xml'],
  ['ico', 'image/x-icon'],
  ['webp', 'image/webp'],
  ['woff', 'font/woff'],
  ['woff2', 'font/woff2'],
  ['json', 'application/json'],
  ['js', 'application/javascript'],
];
