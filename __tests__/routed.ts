import { ChildProcess, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Size } from 'cdk8s';
import { Balancer, BalancerEngine, BalancerProps, Site, WebTier } from '../constructs';
import { CLAIMS } from '../constructs/balancer/claims';
import { newValues } from '../cli/secret-values';
import { certify, install, start } from './nginx';
import { Listening, freePorts, serve } from './servers';
import { endProgram, startProgram } from './started';
import { statusOf } from './strangers';
import { newSite, ofKind, synth } from './support';

const run = promisify(execFile);

/** What curl got. */
export interface Answer {
  readonly status: number;
  readonly location: string;
  readonly cookie: string | undefined;
  readonly headers: string;
  readonly body: string;
}

/** A balancer that runs before web tiers of one slice each, which answer with their name and what they were asked for. */
export interface Routed {
  readonly port: number;
  readonly tlsPort: number;
  readonly health: number;
  readonly root: string;
  /** Asks as curl does, with more of its options. */
  readonly ask: (host: string, path: string, ...options: string[]) => Promise<Answer>;
  /** The same by HTTPS. */
  readonly askTls: Routed['ask'];
  /** How many of so many requests each tier had. */
  readonly share: (host: string, path: string, count: number, ...options: string[]) => Promise<Map<string, number>>;
  /** The requests that came to the tiers. */
  readonly requests: IncomingMessage[];
  /** Ends the slice of a tier. */
  readonly stop: (tier: string) => void;
}

/** The tiers of a test, and a balancer's properties that name them. */
export type Tiers = Record<string, WebTier>;
export type Making = (tiers: Tiers, site: Site) => Partial<BalancerProps>;

export const ENGINES = {
  nginx: () => BalancerEngine.nginx(),
  haproxy: () => BalancerEngine.haproxy(),
  perlbal: () => BalancerEngine.perlbal(),
};
export type EngineName = keyof typeof ENGINES;

export function routedBalancer(names: string[], make: Making, engine: EngineName = 'nginx'): Balancer {
  const site = newSite();
  const ram = Size.mebibytes(256);
  const tiers = Object.fromEntries(
    names.map((name) => [name, new WebTier(site, name, { ram, image: 'example.org/site:1' })]),
  );
  return new Balancer(site, 'lb', { ram, engine: ENGINES[engine](), ...make(tiers, site) });
}

export function filesOf(lb: Balancer): Record<string, string> {
  return ofKind(synth(lb), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config')).data;
}

/** Runs the balancer that is made, on other ports than a slice's, with certificates for the hosts of each folder. */
export async function running(
  engine: EngineName,
  names: string[],
  make: Making,
  what: (site: Routed) => Promise<void>,
  certificates: Record<string, string[]> = { '': ['localhost'] },
): Promise<void> {
  const requests: IncomingMessage[] = [];
  const webs = new Map<string, Listening>();
  for (const name of names) {
    webs.set(
      name,
      await serve((request, response) => {
        requests.push(request);
        const { searchParams } = new URL(request.url!, 'http://web');
        for (const [header, value] of searchParams) if (header.startsWith('X-')) response.setHeader(header, value);
        if (searchParams.has('X-Type')) response.setHeader('Content-Type', searchParams.get('X-Type')!);
        if (searchParams.has('large')) response.setHeader('X-Large', 'a'.repeat(Number(searchParams.get('large'))));
        response.statusCode = Number(searchParams.get('status') ?? 200);
        if (searchParams.has('wait')) return;
        if (searchParams.has('cut')) return void request.socket.destroy();
        // Events have no end.
        if (request.url!.startsWith('/events')) response.write('data: 1\n\n');
        else response.end(`${name} ${request.url}\n`);
      }),
    );
    webs.get(name)!.server.on('upgrade', (_, socket) => {
      // The answer to the key of RFC 6455's example.
      const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
      const head = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket', accept];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      socket.on('data', (data) => socket.write(`${name} ${String(data)}`)).on('error', () => undefined);
      socket.on('end', () => socket.end());
    });
  }
  const files = filesOf(routedBalancer(names, make, engine));
  const ports = (await freePorts(4)) as [number, number, number, number];
  const [port, tlsPort, health] = ports;
  const slices = Object.fromEntries([...webs].map(([name, web]) => [`dfw-${name}`, `127.0.0.1:${web.port}`]));
  const root = mkdtempSync(join(tmpdir(), 'routed-'));
  for (const [folder, hosts] of Object.entries(certificates)) certify(join(root, 'tls', folder), hosts);
  for (const [name, text] of Object.entries(files).filter(([each]) => /\.(html|lst)$/.test(each)))
    writeFileSync(join(root, name), text.replaceAll('/etc/slices/tls', `${root}/tls`));
  // Every Secret of users that a test names has the same.
  for (const [, secret] of JSON.stringify(files).matchAll(/(?:slices\/users\/|http_auth\()([a-z0-9-]+)/g))
    writeUsers(root, secret!, await usersOf('open sesame'));
  const program = STARTS[engine](files, slices, ports, root);
  try {
    const path = engine === 'perlbal' ? 'metrics' : 'healthz';
    for (let left = 100; left > 0 && program.exitCode === null; left--) {
      if ((await statusOf(`http://127.0.0.1:${health}/${path}`, '127.0.0.1')) === 200) break;
      await sleep(100);
    }
    const url = (host: string, asked: string) => `http://${host.replace(/:\d+$/, '')}:${port}${asked}`;
    if (program.exitCode !== null) throw new Error(`${engine} ended with ${program.exitCode}`);
    const there = ['-s', '--max-time', '30', '--path-as-is', '--connect-to', `::127.0.0.1:`];
    const curl = async (...options: string[]) => answerOf((await run('curl', ['-i', ...there, ...options])).stdout);
    await what({
      port,
      tlsPort,
      health,
      root,
      requests,
      ask: (host, asked, ...options) => curl(...options, url(host, asked), '-H', `Host: ${host}`),
      askTls: (host, asked, ...options) => curl('-k', ...options, `https://${host}:${tlsPort}${asked}`),
      share: async (host, asked, count, ...options) => {
        const { stdout } = await run('curl', [...there, ...options, `${url(host, asked)}?[1-${count}]`]);
        const counts = new Map<string, number>();
        for (const [, name] of stdout.matchAll(/^(\w+) /gm)) counts.set(name!, (counts.get(name!) ?? 0) + 1);
        return counts;
      },
      stop: (tier) => {
        webs.get(tier)!.server.close();
        webs.get(tier)!.server.closeAllConnections();
      },
    });
  } finally {
    // Workers do not end with a master that is killed. HAProxy's script has it finish what it has.
    for (const { server } of webs.values()) server.closeAllConnections();
    await endProgram(program, engine === 'perlbal' ? 'SIGKILL' : 'SIGTERM');
    for (const { server } of webs.values()) {
      server.close();
      server.closeAllConnections();
    }
  }
}

/** The file that the command which makes Secrets makes, for a password. */
export async function usersOf(password: string): Promise<string> {
  const secret = { name: 'users', namespaces: [], keys: { auth: 'users' as const } };
  return (await newValues(secret, { password: Buffer.from(password).toString('base64') }))['auth']!;
}

export function writeUsers(root: string, secret: string, text: string): void {
  mkdirSync(join(root, 'users', secret), { recursive: true });
  writeFileSync(join(root, 'users', secret, 'auth'), text);
}

function answerOf(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const headers = text.slice(0, end);
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(headers.replaceAll('\r', ''))?.[1];
  return {
    status: Number(/^HTTP\S+ (\d+)/.exec(headers)?.[1]),
    location: header('location') ?? '',
    cookie: header('set-cookie'),
    headers,
    body: text.slice(end + 4),
  };
}

type Start = (
  files: Record<string, string>,
  slices: Record<string, string>,
  ports: [number, number, number, number],
  root: string,
) => ChildProcess;

const STARTS: Record<EngineName, Start> = { nginx: startNginx, haproxy: startHaProxy, perlbal: startPerlbal };

function startNginx(
  files: Record<string, string>,
  slices: Record<string, string>,
  ports: number[],
  root: string,
): ChildProcess {
  const [http, https, health] = ports;
  const moved = files['nginx.conf']!.replaceAll('listen 8080', `listen 127.0.0.1:${http}`)
    .replaceAll('listen 8443', `listen 127.0.0.1:${https}`)
    .replaceAll('listen 8081', `listen 127.0.0.1:${health}`)
    .replaceAll('/etc/slices/tls', `${root}/tls`)
    .replaceAll('/etc/slices/users', `${root}/users`)
    .replaceAll('/dev/stdout', `${root}/access.log`)
    .replaceAll('/etc/slices/balancer', root);
  const webs = Object.fromEntries(Object.entries(slices).map(([name, address]) => [name, [address]]));
  return start(install(moved, webs));
}

/** As in a slice, by its script, so that it has its certificates anew. */
function startHaProxy(
  files: Record<string, string>,
  slices: Record<string, string>,
  ports: number[],
  root: string,
): ChildProcess {
  const text = files['haproxy.cfg']!.replaceAll(
    /server-template web \S+ (dfw-\w+)-ready\S+ .*/g,
    (_, tier: string) => `server web1 ${slices[tier]}`,
  )
    .replaceAll('0.0.0.0:8080', `127.0.0.1:${ports[0]}`)
    .replaceAll('0.0.0.0:8443', `127.0.0.1:${ports[1]}`)
    .replaceAll('0.0.0.0:8081', `127.0.0.1:${ports[2]}`)
    .replaceAll('/etc/slices/tls', `${root}/tls`)
    .replaceAll('/etc/slices/balancer', root);
  writeFileSync(join(root, 'haproxy.cfg'), text);
  const places = {
    CONFIGURATION: root,
    CERTIFICATES: `${root}/tls`,
    LOOK_SECONDS: '0.2',
    USERS: `${root}/users`,
    RUN: root,
  };
  const log = openSync(join(root, 'access.log'), 'a');
  return startProgram('sh', [join(SCRIPTS, 'haproxy.sh')], {
    stdio: ['ignore', log, 'ignore'],
    env: { ...process.env, ...places },
  });
}

const SCRIPTS = resolve(__dirname, '../agent/scripts/balancer');
const PERLBAL = resolve(__dirname, '../images/perlbal/perlbal');

function startPerlbal(
  files: Record<string, string>,
  slices: Record<string, string>,
  ports: number[],
  root: string,
): ChildProcess {
  for (const folder of ['run/figures', 'static', 'Perlbal/Plugin']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'run/figures/metrics'), '');
  for (const [tier, address] of Object.entries(slices))
    writeFileSync(join(root, 'run', `${tier.replaceAll('-', '_')}.nodes`), `${address}\n`);
  for (const [name, text] of Object.entries(files))
    if (name.endsWith('.pm')) writeFileSync(join(root, 'Perlbal/Plugin', name), text);
  const moved = [8080, 8443, 8081, 16_000]
    .reduce((text, from, index) => text.replaceAll(`:${from}`, `:${ports[index]}`), files['perlbal.conf']!)
    .replaceAll('/run/perlbal', `${root}/run`)
    .replaceAll('/etc/slices/tls', `${root}/tls`)
    .replaceAll('/srv/static', `${root}/static`);
  writeFileSync(join(root, 'perlbal.conf'), moved);
  const [, largest] = /max_chunked_request_size = (\d+)k/.exec(files['perlbal.conf']!)!;
  const limits = {
    LARGEST_BODY: String(Number(largest) * 1024),
    CLAIMS: CLAIMS.join(' ').toLowerCase(),
    ADDRESS_CONNECTIONS: '100',
    CLIENT_CONNECTIONS: '400',
    HEADER_SECONDS: '10',
    PERLBAL_DRAIN_SECONDS: '1',
  };
  return startProgram('perl', [`-I${root}`, PERLBAL, `--config=${root}/perlbal.conf`], {
    env: { ...process.env, ...limits },
  });
}
