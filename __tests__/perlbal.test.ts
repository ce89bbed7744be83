import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { Server, createServer } from 'node:http';
import { AddressInfo } from 'node:net';
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
} from '../constructs';
import { newSite, ofKind, synth } from './support';

const perlbal = spawnSync('perl', ['-MPerlbal', '-MIO::AIO', '-MBSD::Resource', '-e', '1']).status === 0;
if (!perlbal)
  console.warn('Perlbal is not installed: that it takes its configuration, and what it does by it, is not tested');

const PROGRAM = resolve(__dirname, '../images/perlbal/perlbal');
const PORTS = [8080, 8081, 16_000];

/**
 * A web slice whose every answer takes a second, and says what it was asked for; or else points to where it is told to:
 * `/?X-Reproxy-File=/etc/passwd`.
 */
async function webSlice(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://web');
    for (const [name, value] of searchParams) response.setHeader(name, value);
    setTimeout(() => response.end(pathname), 1000);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return server;
    }),
  );
  const ports = servers.map((each) => (each.address() as AddressInfo).port);
  for (const each of servers) each.close();
  return ports;
}

/** Perlbal with the files of a balancer, on other ports and in other folders than a slice's. */
async function start(web: Server): Promise<{ program: ChildProcess; url: string }> {
  const site = newSite();
  const ram = Size.mebibytes(256);
  const image = 'example.org/site:1';
  const database = new ReplicatedMySQL(site, 'db', { ram, durability: Durability.GO_ON, databases: ['mogilefs'] });
  const blobs = new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database }) });
  const lb = new Balancer(site, 'lb', {
    ram,
    web: new WebTier(site, 'web', { ram, image }),
    engine: BalancerEngine.perlbal(),
    blobs,
    staticFiles: [
      StaticFiles.fromText({ '/robots.txt': '' }),
      StaticFiles.fromImage(image, '/', { paths: ['/Skins/'] }),
    ],
  });
  const files = ofKind(synth(lb), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config')).data;
  const root = mkdtempSync(join(tmpdir(), 'perlbal-'));
  for (const folder of ['run/figures', 'static/Skins', 'Perlbal/Plugin'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'run/web.nodes'), `127.0.0.1:${(web.address() as AddressInfo).port}\n`);
  for (const file of ['robots.txt', 'Skins/a.css']) writeFileSync(join(root, 'static', file), 'all\n');
  for (const name of ['Body.pm', 'Reproxy.pm']) writeFileSync(join(root, 'Perlbal/Plugin', name), files[name]);
  const ports = await freePorts(PORTS.length);
  const moved = PORTS.reduce(
    (text, port, index) => text.replaceAll(`:${port}`, `:${ports[index]}`),
    files['perlbal.conf'],
  );
  const configuration = moved.replaceAll('/run/perlbal', `${root}/run`).replaceAll('/srv/static', `${root}/static`);
  writeFileSync(join(root, 'perlbal.conf'), configuration);
  const program = spawn('perl', [`-I${root}`, PROGRAM, `--config=${root}/perlbal.conf`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${ports[0]}`;
  for (let left = 100; left > 0 && program.exitCode === null; left--) {
    if (await fetch(`${url}/robots.txt`).catch(() => undefined)) break;
    await sleep(100);
  }
  return { program, url };
}

(perlbal ? test : test.skip)(
  'Perlbal takes its configuration, reads no file for the web tier, and finishes what it has when it is told to stop',
  async () => {
    const web = await webSlice();
    const { program, url } = await start(web);
    try {
      for (const path of ['/robots.txt', '/robots.txt?1', '/Skins/a.css'])
        expect(await (await fetch(url + path)).text()).toBe('all\n');
      expect(await (await fetch(`${url}/robots.txt2`)).text()).toBe('/robots.txt2');
      const at = (to: string) => fetch(`${url}/own?${to}`).then((answer) => answer.text());
      expect(await at(`X-Reproxy-URL=${url}/robots.txt`)).toBe('all\n');
      expect(await at(`X-Reproxy-File=${__filename}`)).toBe('/own');
      expect(await at('X-Reproxy-Service=management')).toBe('/own');
      const inHand = fetch(`${url}/page`, { headers: { connection: 'close' } });
      await sleep(500);
      program.kill('SIGTERM');
      const exit = once(program, 'exit');
      expect(await (await inHand).text()).toBe('/page');
      expect(await exit).toEqual([0, null]);
    } finally {
      program.kill('SIGKILL');
      web.close();
    }
  },
);
