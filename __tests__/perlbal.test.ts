import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
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
} from '../constructs';
import { Listening, freePorts, serve } from './servers';
import { newSite, ofKind, synth } from './support';
import { testWith } from './tools';

const PROGRAM = resolve(__dirname, '../images/perlbal/perlbal');
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

/** Perlbal with the files of a balancer, on other ports and in other folders than a slice's. */
async function start(web: Listening): Promise<{ program: ChildProcess; url: string; storagePort: number }> {
  const site = newSite();
  const ram = Size.mebibytes(256);
  const image = 'example.org/site:1';
  const database = new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['mogilefs'] });
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
  writeFileSync(join(root, 'run/web.nodes'), `127.0.0.1:${web.port}\n`);
  for (const file of ['robots.txt', 'Skins/a.css']) writeFileSync(join(root, 'static', file), 'all\n');
  const ports = await freePorts(PORTS.length);
  const moved = (file: string): string =>
    PORTS.reduce((text, port, index) => text.replaceAll(`:${port}`, `:${ports[index]}`), files[file]);
  for (const name of ['Body.pm', 'Reproxy.pm']) writeFileSync(join(root, 'Perlbal/Plugin', name), moved(name));
  const configuration = moved('perlbal.conf')
    .replaceAll('/run/perlbal', `${root}/run`)
    .replaceAll('/srv/static', `${root}/static`);
  writeFileSync(join(root, 'perlbal.conf'), configuration);
  const program = spawn('perl', [`-I${root}`, PROGRAM, `--config=${root}/perlbal.conf`], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${ports[0]}`;
  for (let left = 100; left > 0 && program.exitCode === null; left--) {
    if (await fetch(`${url}/robots.txt`).catch(() => undefined)) break;
    await sleep(100);
  }
  return { program, url, storagePort: ports[3]! };
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
      program.kill('SIGKILL');
      web.server.close();
      storage.server.close();
    }
  },
);
