import { mkdirSync, writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import {
  Balancer,
  BlobEngine,
  BlobStore,
  Durability,
  ReplicatedMySQL,
  Site,
  StaticFiles,
  WebTier,
} from '../constructs';
import { slicesKibibytes } from '../constructs/balancer/nginx-sizes';
import { testOnNginx, install, judged, start } from './nginx';
import { KEY, asProgram, startStore } from './s3/store';
import { Listening, freePorts, serve, serveNames } from './servers';
import { endProgram } from './started';
import { ATTACKS, Stranger, statusOf } from './strangers';
import { newSite, ofKind, synth } from './support';
import { testWith } from './tools';

const ram = Size.mebibytes(256);
const image = 'example.org/site:1';

function garage(site: Site): BlobStore {
  return new BlobStore(site, 'mog', { ram, engine: BlobEngine.garage() });
}

function mogileFs(site: Site): BlobStore {
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['mogilefs'],
  });
  return new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database }) });
}

function configuration(store?: (site: Site) => BlobStore, tls = false, mebibytes = 256): string {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram, image });
  const staticFiles = [StaticFiles.fromText({ '/robots.txt': '' }), web.staticFiles(['/img/'])];
  const blobs = store ? { blobs: store(site) } : {};
  const lb = new Balancer(site, 'lb', { ram: Size.mebibytes(mebibytes), web, tls, staticFiles, ...blobs });
  const configs = ofKind(synth(lb), 'ConfigMap');
  return configs.find(({ metadata }) => metadata.name.startsWith('dfw-lb-config')).data['nginx.conf'];
}

/** A site that runs: its balancer is nginx, and what its web slice points to is the path of a client's request. */
interface Running {
  /** Has nginx fetch what the web slice points to. */
  readonly at: (pointer: string, options?: RequestInit) => Promise<Response>;
  readonly store: Listening;
  /** What the store was asked for. */
  readonly asked: IncomingMessage[];
  /** Where clients are served, and the health check. */
  readonly port: number;
  readonly health: number;
}

/** Runs the balancer on other ports than a slice's, beside a web slice, a store, and a DNS that knows one machine. */
async function running(
  text: string,
  storePort: number,
  what: (site: Running) => Promise<void>,
  storeAt?: number,
): Promise<void> {
  const asked: IncomingMessage[] = [];
  const store = await serve((request, response) => {
    asked.push(request);
    response.setHeader('Content-Type', 'text/plain');
    response.end('a file');
  });
  const web = await serve((request, response) => {
    const pointer = decodeURIComponent(request.url!.slice('/page?'.length));
    if (request.url!.startsWith('/page?')) response.setHeader('X-Accel-Redirect', pointer);
    response.setHeader('Content-Type', 'image/png');
    response.end(`web ${request.url}`);
  });
  const names = await serveNames();
  const [http, health] = await freePorts(2);
  const moved = text
    .replaceAll('listen 8080', `listen 127.0.0.1:${http}`)
    .replaceAll('listen 8081', `listen 127.0.0.1:${health}`)
    .replaceAll(`:${storePort}`, `:${storeAt ?? store.port}`);
  const installed = install(moved, [`127.0.0.1:${web.port}`], `127.0.0.1:${names.port}`);
  mkdirSync(join(installed.root, 'static/img'));
  writeFileSync(join(installed.root, 'static/img/large.bin'), Buffer.alloc(8 << 20));
  const nginx = start(installed);
  const url = `http://127.0.0.1:${http}`;
  try {
    await until(() => statusOf(url, '127.0.0.1'));
    await what({
      at: (pointer, options) => fetch(`${url}/page?${encodeURIComponent(pointer)}`, options),
      store,
      asked,
      port: http!,
      health: health!,
    });
  } finally {
    await endProgram(nginx);
    for (const { server } of [store, web]) server.close();
    names.close();
  }
}

async function until(answer: () => Promise<unknown>): Promise<void> {
  for (let left = 100; left > 0 && !(await answer()); left--) await sleep(100);
}

testOnNginx.each([
  ['nothing to fetch', undefined],
  ['Garage', garage],
  ['MogileFS', mogileFs],
])('nginx takes its configuration, with %s', (_, store) => {
  for (const tls of [false, true]) expect(judged(configuration(store, tls))).toContain('test is successful');
});

testOnNginx(
  'nginx fetches a signed URL from Garage as it was signed, by its own name, and tells it nothing of the client',
  () =>
    running(configuration(garage), 3900, async ({ at, store, asked }) => {
      const host = `dfw-mog-s3.dfw.svc.cluster.local:${store.port}`;
      const signed = '/mog/a%20b%2Bc/%C3%A4?X-Amz-Credential=k%2F20261127&X-Amz-Signature=abc';
      const headers = { cookie: 'a=b', authorization: 'Basic eA==', 'x-amz-acl': 'private', range: 'bytes=0-1' };
      const answer = await at(`/reproxy/${host}${signed}`, { headers });
      expect([answer.status, await answer.text()]).toEqual([200, 'a file']);
      expect(answer.headers.get('content-type')).toBe('image/png');
      const [request] = asked;
      expect(request).toMatchObject({ method: 'GET', url: signed });
      expect(request!.headers).toEqual({ host, range: 'bytes=0-1' });
      for (const method of ['HEAD', 'POST']) await at(`/reproxy/${host}${signed}`, { method });
      expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(3).fill(`GET ${signed}`));
    }),
);

testWith(
  'nginx',
  'openssl',
  'python',
)('nginx fetches what a client of S3 has signed a URL for, and nothing else', async () => {
  const { program, port } = await startStore('files');
  const signed = `http://dfw-mog-s3.dfw.svc.cluster.local:${port}`;
  const as = (endpoint: string, ...action: string[]) => {
    const key = { MOG_ACCESS_KEY: KEY.accessKey, MOG_SECRET_KEY: KEY.secretKey };
    const place = { MOG_S3_ENDPOINT: endpoint, MOG_S3_REGION: 'garage', MOG_BUCKET: 'files' };
    return asProgram({ ...place, ...key }, 'MOG', ...action);
  };
  try {
    const here = `http://127.0.0.1:${port}`;
    await as(here, 'put', 'pictures/a b+c/ä.txt', 'a file');
    const url = (await as(signed, 'sign', 'pictures/a b+c/ä.txt')).replace('http://', '/reproxy/');
    const fetched = async ({ at }: Running) => {
      const answer = await at(url, { headers: { cookie: 'a=b', range: 'bytes=0-3' } });
      expect([answer.status, await answer.text()]).toEqual([206, 'a fi']);
      expect(await (await at(url)).text()).toBe('a file');
      expect((await at(url.replace('.txt?', '.png?'))).status).toBe(403);
    };
    await running(configuration(garage), 3900, fetched, port);
  } finally {
    await endProgram(program);
  }
});

testOnNginx('nginx fetches what MogileFS keeps from the address that its trackers know', () =>
  running(configuration(mogileFs), 7500, async ({ at, store, asked }) => {
    const path = '/dev1/0/000/000/0000000001.fid';
    expect(await (await at(`/reproxy/127.0.0.1:${store.port}${path}`)).text()).toBe('a file');
    expect(asked.map(({ url }) => url)).toEqual([path]);
  }),
);

testOnNginx('nginx fetches from the store alone, whatever the web tier points to', () =>
  running(configuration(garage), 3900, async ({ at, store, asked }) => {
    const name = 'dfw-mog-s3.dfw.svc.cluster.local';
    const elsewhere = [
      `127.0.0.1:${store.port}/mog/a`,
      `dfw-mog-s3xdfw.svc.cluster.local:${store.port}/mog/a`,
      `example.org:${store.port}/mog/a`,
      `${name}:${store.port}0/mog/a`,
      `${name}:${store.port}@example.org:${store.port}/mog/a`,
      `${name}/mog/a`,
      `http://${name}:${store.port}/mog/a`,
    ];
    for (const each of elsewhere) expect([each, (await at(`/reproxy/${each}`)).status]).toEqual([each, 502]);
    const own = await fetch((await at('/')).url.replace(/page.*/, `reproxy/${name}:${store.port}/mog/a`));
    expect(own.status).toBe(404);
    expect(asked).toEqual([]);
  }),
);

testOnNginx('without a store, nginx passes on what the web tier answers, wherever that points to', () =>
  running(configuration(), 3900, async ({ at, store, asked }) => {
    const answer = await at(`/reproxy/127.0.0.1:${store.port}/mog/a`);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^web \/page/)]);
    expect(asked).toEqual([]);
  }),
);

testOnNginx.each(Object.entries(ATTACKS))(
  'a thousand %s connections of one address leave pages to another one, and the health check its own',
  (_, attack) =>
    running(configuration(undefined, false, 128), 3900, async ({ port, health }) => {
      const stranger = new Stranger(attack, { host: '127.0.0.1', port, from: '127.0.0.2' }, 1000);
      try {
        await stranger.begun();
        const asked = Array.from({ length: 20 }, () => [
          statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1'),
          statusOf(`http://127.0.0.1:${port}/`, '127.0.0.3'),
          statusOf(`http://127.0.0.1:${port}/img/large.bin`, '127.0.0.3'),
        ]);
        expect(new Set(await Promise.all(asked.flat()))).toEqual(new Set([200]));
      } finally {
        stranger.stop();
      }
    }),
  60_000,
);

testOnNginx('where all addresses together take all connections, the health check still has its own', () =>
  running(configuration(undefined, false, 128), 3900, async ({ port, health }) => {
    const addresses = Array.from({ length: 12 }, (_, index) => `127.0.1.${index + 1}`);
    const strangers = addresses.map(
      (from) => new Stranger(ATTACKS['one-byte']!, { host: '127.0.0.1', port, from }, 100),
    );
    try {
      await Promise.all(strangers.map((each) => each.begun()));
      expect(await statusOf(`http://127.0.0.1:${port}/`, '127.0.0.3')).toBeUndefined();
      expect(await statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1')).toBe(200);
    } finally {
      for (const each of strangers) each.stop();
    }
  }),
);

testOnNginx.each([99, 300])(
  'nginx spreads requests evenly over %i web slices',
  async (slices) => {
    const counts = new Map<string, number>();
    const web = await serve(
      (request, response) => {
        const address = request.socket.localAddress!;
        counts.set(address, (counts.get(address) ?? 0) + 1);
        response.end();
      },
      0,
      '0.0.0.0',
    );
    const [http, health] = await freePorts(2);
    const addresses = Array.from({ length: slices }, (_, index) => `127.1.${index >> 8}.${index & 255}:${web.port}`);
    const text = configuration()
      .replace(/zone dfw-web \w+/, `zone dfw-web ${slicesKibibytes(slices)}k`)
      .replaceAll('listen 8080', `listen 127.0.0.1:${http}`)
      .replaceAll('listen 8081', `listen 127.0.0.1:${health}`);
    const nginx = start(install(text, addresses));
    try {
      await until(() => statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1'));
      const each = 10;
      for (let sent = 0; sent < slices * each; sent += 50) {
        const batch = Array.from({ length: 50 }, () => statusOf(`http://127.0.0.1:${http}/`, '127.0.0.1'));
        expect(new Set(await Promise.all(batch))).toEqual(new Set([200]));
      }
      expect(counts.size).toBe(slices);
      const far = [...counts].filter(([, count]) => Math.abs(count - each) > 0.2 * each);
      expect(far).toEqual([]);
    } finally {
      await endProgram(nginx);
      web.server.close();
    }
  },
  60_000,
);
