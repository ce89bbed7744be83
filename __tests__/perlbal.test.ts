import { ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import {
  Balancer,
  BalancerEngine,
  BlobEngine,
  BlobStore,
  Durability,
  ReplicatedMySQL,
  StaticFiles,
  WebTier,
  k8s,
} from '../constructs';
import { Listening, freePorts, serve } from './servers';
import { endProgram, startProgram } from './started';
import { find, newSite, ofKind, synth } from './support';
import { ATTACKS, Stranger, statusOf } from './strangers';
import { testWith } from './tools';

const PROGRAM = resolve(__dirname, '../images/perlbal/perlbal');
const PROGRAMS = resolve(__dirname, '../agent/perlbal');
/** Perl to which every name is this machine's. */
const NAMES = `BEGIN { *CORE::GLOBAL::gethostbyname = sub { ('', '', 2, 4, pack 'C4', 127, 0, 0, 1) } }`;
/** The last is where MogileFS serves files. */
const PORTS = [8080, 8081, 16_000, 7500];

/**
 * A web slice whose every answer takes a second, and says what it was asked for; or else points to where it is told to:
 * `/?X-Reproxy-File=/etc/passwd`.
 */
function webSlice(): Promise<Listening> {
  return serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://web');
    for (const [name, value] of searchParams) response.setHeader(name, value);
    setTimeout(() => response.end(pathname), 1000);
  });
}

interface Started {
  readonly program: ChildProcess;
  readonly url: string;
  readonly port: number;
  readonly health: number;
  readonly storagePort: number;
}

/** Perlbal with the files of a balancer, on other ports and in other folders than a slice's. */
async function start(web: Listening): Promise<Started> {
  const site = newSite();
  const ram = Size.mebibytes(256);
  const image = 'example.org/site:1';
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['mogilefs'],
  });
  const blobs = new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database }) });
  const lb = new Balancer(site, 'lb', {
    ram,
    web: new WebTier(site, 'web', { ram, image }),
    engine: BalancerEngine.perlbal(),
    blobs,
    staticFiles: [
      StaticFiles.fromText({ '/robots.txt': '' }),
      StaticFiles.fromImage(image, '/', { paths: ['/Skins/', '/img/'] }),
    ],
  });
  const objects = synth(lb);
  const files = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config')).data;
  const { containers } = find(objects, 'StatefulSet', 'dfw-lb').spec.template.spec;
  const root = mkdtempSync(join(tmpdir(), 'perlbal-'));
  for (const folder of ['run/figures', 'static/Skins', 'static/img', 'Perlbal/Plugin'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'run/dfw_web.nodes'), `127.0.0.1:${web.port}\n`);
  for (const file of ['robots.txt', 'Skins/a.css', 'Skins/b.css']) writeFileSync(join(root, 'static', file), 'all\n');
  writeFileSync(join(root, 'static/img/large.bin'), Buffer.alloc(8 << 20));
  writeFileSync(join(root, 'run/figures/metrics'), '');
  const ports = await freePorts(PORTS.length);
  const moveText = (text: string): string =>
    PORTS.reduce((moved, port, index) => moved.replaceAll(`:${port}`, `:${ports[index]}`), text);
  const moved = (file: string): string => moveText(files[file]);
  for (const name of Object.keys(files).filter((each) => each.endsWith('.pm')))
    writeFileSync(join(root, 'Perlbal/Plugin', name), moved(name));
  const configuration = moved('perlbal.conf')
    .replaceAll('/run/perlbal', `${root}/run`)
    .replaceAll('/srv/static', `${root}/static`);
  writeFileSync(join(root, 'perlbal.conf'), configuration);
  const program = startProgram('perl', [`-I${root}`, PROGRAM, `--config=${root}/perlbal.conf`], {
    env: {
      ...process.env,
      ...Object.fromEntries(containers[0].env.map(({ name, value }: k8s.EnvVar) => [name, moveText(value!)])),
    },
  });
  const url = `http://127.0.0.1:${ports[0]}`;
  for (let left = 100; left > 0 && program.exitCode === null; left--) {
    if (await fetch(`${url}/robots.txt`).catch(() => undefined)) break;
    await sleep(100);
  }
  return { program, url, port: ports[0]!, health: ports[1]!, storagePort: ports[3]! };
}

testWith('perlbal')(
  'Perlbal takes its configuration, reads no file for the web tier, and finishes what it has when it is told to stop',
  async () => {
    const web = await webSlice();
    const { program, url, storagePort } = await start(web);
    const asked: IncomingMessage[] = [];
    const storage = await serve((request, response) => {
      asked.push(request);
      response.end('a file\n');
    }, storagePort);
    try {
      for (const path of ['/robots.txt', '/robots.txt?1', '/Skins/a.css'])
        expect(await (await fetch(url + path)).text()).toBe('all\n');
      expect(await (await fetch(`${url}/Skins/??a.css,b.css`)).text()).toBe('all\nall\n');
      expect(await (await fetch(`${url}/robots.txt2`)).text()).toBe('/robots.txt2');
      const at = (to: string) => fetch(`${url}/own?${to}`).then((answer) => answer.text());
      const file = `http://127.0.0.1:${storagePort}/dev1/a%20b`;
      expect(await at(`X-Reproxy-URL=${encodeURIComponent(file)}`)).toBe('a file\n');
      expect(asked[0]).toMatchObject({ url: '/dev1/a%20b', headers: { host: `127.0.0.1:${storagePort}` } });
      expect(await at(`X-Reproxy-URL=${url}/robots.txt`)).toBe('/own');
      expect(await at(`X-Reproxy-URL=${url}/robots.txt%20${encodeURIComponent(file)}`)).toBe('a file\n');
      expect(await at(`X-Reproxy-File=${__filename}`)).toBe('/own');
      expect(await at('X-Reproxy-Service=management')).toBe('/own');
      const inHand = fetch(`${url}/page`, { headers: { connection: 'close' } });
      await sleep(500);
      program.kill('SIGTERM');
      const exit = once(program, 'exit');
      expect(await (await inHand).text()).toBe('/page');
      expect(await exit).toEqual([0, null]);
    } finally {
      await endProgram(program, 'SIGKILL');
      web.server.close();
      storage.server.close();
    }
  },
);

testWith('perlbal').each(Object.entries(ATTACKS))(
  '1,500 %s connections of one address leave pages of Perlbal to another one, and the health check its own',
  async (_, attack) => {
    const web = await webSlice();
    const { program, port, health } = await start(web);
    const stranger = new Stranger(attack, { host: '127.0.0.1', port, from: '127.0.0.2' }, 1500);
    try {
      await stranger.begun();
      const asked = Array.from({ length: 10 }, () => [
        statusOf(`http://127.0.0.1:${health}/metrics`, '127.0.0.1'),
        statusOf(`http://127.0.0.1:${port}/`, '127.0.0.3'),
        statusOf(`http://127.0.0.1:${port}/img/large.bin`, '127.0.0.3'),
      ]);
      expect(new Set(await Promise.all(asked.flat()))).toEqual(new Set([200]));
    } finally {
      stranger.stop();
      await endProgram(program, 'SIGKILL');
      web.server.close();
    }
  },
  60_000,
);

testWith('perlbal').each(readdirSync(PROGRAMS))('%s compiles without a warning', (file) => {
  const { status, stderr } = spawnSync('perl', ['-wc', join(PROGRAMS, file)], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, `${join(PROGRAMS, file)} syntax OK\n`]);
});

testWith('perlbal')(
  'the addresses that take connections are written for Perlbal, and which of them do for Prometheus',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'nodes-'));
    const [file, metrics] = [join(root, 'dfw_web.nodes'), join(root, 'figures/metrics')];
    const [web, api] = [await serve(), await serve()];
    const tiers = `dfw_web=web.example:${web.port} dfw_api=api.example:${api.port}`;
    const [consolePort] = await freePorts(1);
    const env = { TIERS: tiers, NODES: root, FIGURES: join(root, 'figures') };
    const program = startProgram('perl', ['-e', `${NAMES} do './nodes.pl' or die $@`], {
      cwd: PROGRAMS,
      env: { ...process.env, ...env, CONSOLE_PORT: `${consolePort}` },
    });
    const until = async (text: string) => {
      while (!existsSync(metrics) || !readFileSync(metrics, 'utf8').includes(text)) await sleep(50);
      return readFileSync(file, 'utf8');
    };
    try {
      expect(await until('perlbal_node_up{node="127.0.0.1"} 1\n')).toBe(`127.0.0.1:${web.port}\n`);
      web.server.close();
      // Where no address takes connections, none is left out.
      expect(await until('perlbal_node_up{node="127.0.0.1"} 0\n')).toBe(`127.0.0.1:${web.port}\n`);
      program.kill('SIGTERM');
      expect(await once(program, 'exit')).toEqual([0, null]);
    } finally {
      await endProgram(program, 'SIGKILL');
      web.server.close();
    }
  },
  60_000,
);
