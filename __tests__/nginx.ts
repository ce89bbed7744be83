import { ChildProcess, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startProgram } from './started';
import { testWith } from './tools';

const [, version] = /nginx\/([0-9.]+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? '') ?? [];
/** For a test that starts nginx. */
export const testOnNginx = testWith('nginx', 'openssl');

export const SELF_SIGNED = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost'.split(' ');

const before = (least: string) => version!.localeCompare(least, undefined, { numeric: true }) < 0;

/** A balancer's configuration of nginx in a folder, as it is in a slice: what an older nginx does not know is said as that wants it. */
export interface Installed {
  readonly root: string;
  /** What to start nginx with. */
  readonly options: string[];
}

/**
 * @param web The web slices, each `HOST:PORT`, of every tier or of each by its name.
 * @param dns The DNS server.
 */
export function install(
  configuration: string,
  web: string[] | Record<string, string[]> = ['127.0.0.1:1'],
  dns = '127.0.0.1:1',
): Installed {
  const root = mkdtempSync(join(tmpdir(), 'nginx-'));
  for (const folder of ['run/marks', 'static', 'tls']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'run/resolver.conf'), `resolver ${dns} valid=2s ipv6=off;\n`);
  if (configuration.includes(' ssl ')) certify(join(root, 'tls'), ['localhost']);
  const text = configuration
    .replaceAll(
      /( *upstream (\S+) [^}]*?)((?: *server \S+ resolve .*\n)+)/g,
      (_, head: string, tier: string, lines: string) => head + servers(Array.isArray(web) ? web : web[tier]!, lines),
    )
    .replaceAll('    http2 on;\n', before('1.25.1') ? '' : '    http2 on;\n')
    .replace(/ *ssl_certificate_cache .*\n/, (line) => (before('1.27.4') ? '' : line))
    .replace('/dev/stderr', `${root}/error.log`)
    // A file, since nothing can open the socket that a test's program writes to.
    .replace('/dev/stdout', `${root}/access.log`)
    .replaceAll(/\/run\/(nginx|php-fpm)/g, `${root}/run`)
    .replaceAll('/srv/static', `${root}/static`)
    .replaceAll('/etc/slices/tls', `${root}/tls`);
  writeFileSync(join(root, 'nginx.conf'), text);
  // Its workers are root's where it is started by root, since the folder is.
  const { uid, username } = userInfo();
  return { root, options: ['-c', `${root}/nginx.conf`, '-g', `daemon off;${uid === 0 ? ` user ${username};` : ''}`] };
}

/** Makes a certificate that signs itself, for these hosts. */
export function certify(folder: string, hosts: string[]): void {
  mkdirSync(folder, { recursive: true });
  const names = [
    '-subj',
    `/CN=${hosts[0]}`,
    '-addext',
    `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`,
  ];
  const pair = ['-keyout', join(folder, 'tls.key.new'), '-out', join(folder, 'tls.crt.new')];
  spawnSync('openssl', ['req', ...SELF_SIGNED, ...names, ...pair]);
  for (const file of ['tls.key', 'tls.crt']) renameSync(join(folder, `${file}.new`), join(folder, file));
}

/** One slice is tried as often as in a cluster. */
function servers(web: string[], lines: string): string {
  return web.length === 1
    ? lines.replaceAll(/server \S+ resolve/g, `server ${web[0]}`)
    : web.map((each) => `    server ${each};\n`).join('');
}

/** What nginx says of a configuration. */
export function judged(configuration: string): string {
  const { options } = install(configuration);
  return spawnSync('nginx', ['-t', ...options], { encoding: 'utf8' }).stderr;
}

export function start({ options }: Installed): ChildProcess {
  return startProgram('nginx', options);
}
