import { k8s } from '../core/imports';
import { BalancerParts, BalancerPlan, FOLDERS } from './balancer-plan';
import { container, sidecar } from '../core/container';
import { bodyPlugin } from './perlbal-body';
import { FIGURES_FOLDER, FIGURES_SCRIPT } from './perlbal-figures';
import { HTTPS_PLUGIN } from './perlbal-https';
import { reproxyPlugin } from './perlbal-reproxy';

/** The user of this project's image. */
const USER = 10001;

/** RAM of the loop that writes the node file, in MiB: perl with its socket libraries takes 12. */
const NODES_MEBIBYTES = 24;

/** Perlbal without a client, in MiB. Idle it takes 21. */
const BASE_MEBIBYTES = 40;

/** What a client takes at most, in KiB: Perlbal reads as much ahead for a slow client (`buffer_size`, its default). */
const CLIENT_KIBIBYTES = 256;

/** Clients that may be connected at once, so that what is read ahead for them stays within the RAM. */
export function perlbalClientLimit(mebibytes: number): number {
  return Math.floor(((mebibytes - NODES_MEBIBYTES - BASE_MEBIBYTES) * 1024) / CLIENT_KIBIBYTES);
}

/** Seconds of silence that end a connection before its request has been read. Perlbal looks every 5. */
const HEADER_SECONDS = 10;

/** The same from then on, while the web tier works on its answer too: nginx's own default for that. */
const ANSWER_SECONDS = 60;

const MANAGEMENT_PORT = 16000;
/** Where Perl looks for plugins, in Debian's. */
const PLUGINS = '/usr/local/lib/site_perl/Perlbal/Plugin';
const NODE_FILE = '/run/perlbal/web.nodes';

/** Perlbal's containers, files and volumes. */
export function perlbalContainers(image: string, plan: BalancerPlan): BalancerParts {
  const asked = { tcpSocket: { port: k8s.IntOrString.fromNumber(plan.httpPort) } };
  const mounts = [
    { name: 'balancer', mountPath: FOLDERS.configuration, readOnly: true },
    { name: 'run', mountPath: '/run/perlbal' },
  ];
  const plugins = {
    'Body.pm': bodyPlugin(plan.largestBody * 1024),
    ...(plan.fetchFrom === undefined ? {} : { 'Reproxy.pm': reproxyPlugin(plan.fetchFrom) }),
    ...(plan.tls ? { 'Https.pm': HTTPS_PLUGIN } : {}),
  };
  const watcher = {
    image,
    mebibytes: NODES_MEBIBYTES,
    user: USER,
    mounts,
    env: [
      { name: 'WEB', value: plan.web.each },
      { name: 'PORT', value: String(plan.web.port) },
      { name: 'NODE_FILE', value: NODE_FILE },
      { name: 'FIGURES', value: FIGURES_FOLDER },
    ],
  };
  return {
    files: {
      'perlbal.conf': perlbalConfiguration(plan),
      'nodes.pl': NODES,
      'figures.pl': FIGURES_SCRIPT,
      ...plugins,
    },
    sidecars: [
      sidecar({
        ...watcher,
        name: 'nodes',
        command: ['perl', `${FOLDERS.configuration}/nodes.pl`],
        // Perlbal does not start without the file.
        startup: { exec: { command: ['test', '-s', NODE_FILE] }, periodSeconds: 1, failureThreshold: 60 },
      }),
    ],
    containers: [
      container({
        name: 'perlbal',
        image,
        mebibytes: plan.mebibytes - NODES_MEBIBYTES,
        command: ['perlbal', `--config=${FOLDERS.configuration}/perlbal.conf`],
        env: [{ name: 'PERLBAL_DRAIN_SECONDS', value: '15' }],
        user: USER,
        ports: [
          { name: 'http', containerPort: plan.httpPort },
          ...(plan.tls ? [{ name: 'https', containerPort: plan.httpsPort }] : []),
        ],
        mounts: [
          ...mounts,
          { name: 'statics', mountPath: FOLDERS.statics, readOnly: true },
          ...(plan.tls ? [{ name: 'tls', mountPath: FOLDERS.certificate, readOnly: true }] : []),
          ...Object.keys(plugins).map((file) => ({
            name: 'balancer',
            mountPath: `${PLUGINS}/${file}`,
            subPath: file,
            readOnly: true,
          })),
        ],
        readiness: { ...asked, periodSeconds: 1, failureThreshold: 2 },
        liveness: { ...asked, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 },
      }),
    ],
    volumes: [{ name: 'run', emptyDir: {} }],
  };
}

/**
 * Keeps the node file: IPv4 addresses only, replaced as a whole, and never empty, since Perlbal does not read an empty
 * one again. It looks at the file's time in whole seconds, so the file is written at most once in one.
 *
 * An address that twice takes no connection within a second is left out: a node without power stays in the DNS for as long as
 * Kubernetes takes to notice, 40 s and more. Perlbal goes on using the connections that it has to an address which has
 * left the file, and waits for their answers for ever; being given its pool again makes it look at them (verify_generation in
 * Service.pm). It may not have read the file yet, so that is said for some seconds.
 */
const NODES = `use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Socket qw(inet_ntoa SO_ERROR);
use Time::HiRes qw(sleep time);
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
require '${FOLDERS.configuration}/figures.pl';
my ($web, $port, $file, $figures) = @ENV{qw(WEB PORT NODE_FILE FIGURES)};
# Perlbal does not start where it has no such folder to serve.
-d $figures or mkdir $figures or die "$figures: $!\\n";
my ($last, $changed, %missed) = ('', 0);
while (1) {
    my (undef, undef, undef, undef, @addresses) = gethostbyname("$web.");
    @addresses = sort map { inet_ntoa($_) } grep { length == 4 } @addresses;
    my %open = answering(@addresses);
    %missed = map { $_ => $open{$_} ? 0 : ($missed{$_} || 0) + 1 } @addresses;
    my @used = grep { $missed{$_} < 2 } @addresses;
    # Where none answers, it is no fault of one.
    @used = @addresses unless @used;
    my $nodes = join '', map { "$_:$port\\n" } @used;
    # At first nothing may serve yet, and Perlbal needs a node to start with: one that refuses.
    $nodes = "127.0.0.1:1\\n" if $nodes eq '' && $last eq '';
    if ($nodes ne '' && $nodes ne $last) {
        replace($file, $nodes);
        print STDERR "nodes: ", join(' ', split /\\n/, $nodes), "\\n";
        ($last, $changed) = ($nodes, time);
    }
    console('SET web.pool = webnodes') if time < $changed + 6;
    replace("$figures/metrics", figures(\\%missed, console('nodes')));
    sleep 1.1;
}

sub answering {
    my %waiting = map { $_ => IO::Socket::INET->new(PeerAddr => $_, PeerPort => $port, Blocking => 0) } @_;
    delete @waiting{grep { !$waiting{$_} } keys %waiting};
    my ($end, %open) = (time + 1);
    while (%waiting && (my $left = $end - time) > 0) {
        my %ready = map { fileno($_) => 1 } IO::Select->new(values %waiting)->can_write($left);
        for my $address (grep { $ready{fileno($waiting{$_})} } keys %waiting) {
            my $socket = delete $waiting{$address};
            $open{$address} = 1 if $socket->sockopt(SO_ERROR) == 0;
        }
    }
    return %open;
}

sub replace {
    my ($file, $text) = @_;
    open my $out, '>', "$file.new" or die "$file.new: $!\\n";
    print {$out} $text;
    close $out or die "$file.new: $!\\n";
    rename "$file.new", $file or die "$file: $!\\n";
}

# What Perlbal answers: nothing where it does not run yet, or any more.
sub console {
    my $console = IO::Socket::INET->new(PeerAddr => "127.0.0.1:${MANAGEMENT_PORT}", Timeout => 1) or return;
    print {$console} "$_[0]\\n";
    my ($text, $wait) = ('', IO::Select->new($console));
    while ($wait->can_read(1) && sysread $console, $text, 65536, length $text) {
        last if $text =~ /^(?:\\.|OK|ERROR.*)\\r?$/m;
    }
    return split /\\r?\\n/, $text;
}
`;

function perlbalConfiguration(plan: BalancerPlan): string {
  const reproxies = plan.fetchFrom !== undefined;
  const statics = plan.staticPaths.map((path) => `  VPATH ^${pattern(path)} = static`);
  return `LOAD vhosts
LOAD vpaths
LOAD body
${plan.tls ? 'LOAD https\n' : ''}${reproxies ? 'LOAD reproxy\n' : ''}SERVER aio_mode = ioaio
SERVER aio_threads = 4
SERVER max_connections = ${2 * perlbalClientLimit(plan.mebibytes - plan.reserved) + 64}
DEFAULT persist_client = on
${MIME_TYPES.map(([extension, type]) => `mime set ${extension} ${type}`).join('\n')}

CREATE POOL webnodes
  SET nodefile = ${NODE_FILE}

CREATE SERVICE web
  SET role = reverse_proxy
  SET plugins = body${reproxies ? ', reproxy' : ''}
  SET pool = webnodes
  SET persist_backend = on
  SET verify_backend = off
  SET enable_reproxy = ${reproxies ? 'true' : 'false'}
  # Whatever a client says of itself is thrown away.
  SET always_trusted = off
  SET buffer_uploads = on
  SET buffer_uploads_path = /run/perlbal
  SET idle_timeout = ${ANSWER_SECONDS}
  SET max_chunked_request_size = ${plan.largestBody}k
ENABLE web

CREATE SERVICE figures
  SET role = web_server
  SET listen = 0.0.0.0:${plan.healthPort}
  SET docroot = ${FIGURES_FOLDER}
ENABLE figures

CREATE SERVICE static
  SET role = web_server
  SET docroot = ${FOLDERS.statics}
ENABLE static

CREATE SERVICE site
  SET role = selector
  SET plugins = vpaths
  SET default_service = web
${statics.join('\n')}
ENABLE site

CREATE SERVICE front
  SET listen = 0.0.0.0:${plan.httpPort}
${plan.tls ? SEND_TO_HTTPS : SERVE_SITE}
ENABLE front
${plan.tls ? tlsFront(plan) : ''}
CREATE SERVICE management
  SET role = management
  # It asks no one who he is.
  SET listen = 127.0.0.1:${MANAGEMENT_PORT}
ENABLE management
`;
}

const SERVE_SITE = `  SET role = selector
  SET idle_timeout = ${HEADER_SECONDS}
  SET plugins = vhosts
  VHOST * = site`;
const SEND_TO_HTTPS = `  SET role = web_server
  SET idle_timeout = ${HEADER_SECONDS}
  SET plugins = https`;

function tlsFront(plan: BalancerPlan): string {
  return `
CREATE SERVICE tls_front
  SET listen = 0.0.0.0:${plan.httpsPort}
${SERVE_SITE}
  SET enable_ssl = on
  SET ssl_key_file = ${FOLDERS.certificate}/tls.key
  SET ssl_cert_file = ${FOLDERS.certificate}/tls.crt
ENABLE tls_front
`;
}

/** Its own table ends at the year 2008, and what it does not know is text to it. */
const MIME_TYPES = [
  ['svg', 'image/svg+xml'],
  ['ico', 'image/x-icon'],
  ['webp', 'image/webp'],
  ['woff', 'font/woff'],
  ['woff2', 'font/woff2'],
  ['json', 'application/json'],
  ['js', 'application/javascript'],
];

/**
 * A path as Perl sees it. Perlbal makes small letters of all that stands before the first `=`, and takes `#` and spaces for its
 * own: what is no small letter, digit or sign without a meaning goes by its number. A file is the same with a query behind it.
 */
function pattern(path: string): string {
  const plain = path.replace(/[^a-z0-9/_-]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return plain + (path.endsWith('/') ? '' : '(?:\\x3f|$)');
}
