import { ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, request } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { Balancer, BalancerEngine, BalancerProps, BlobEngine, BlobStore, StaticFiles, WebTier } from '../constructs';
import { SELF_SIGNED } from './nginx';
import { freePorts, serve } from './servers';
import { endProgram, startProgram } from './started';
import { ATTACKS, Stranger, statusOf } from './strangers';
import { find, newSite, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const ram = Size.mebibytes(128);

function balancer(props: Partial<BalancerProps> = {}): Balancer {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  return new Balancer(site, 'lb', { ram, web, engine: BalancerEngine.haproxy(), ...props });
}

function configuration(props: Partial<BalancerProps> = {}): string {
  const configs = ofKind(synth(balancer(props)), 'ConfigMap');
  return configs.find(({ metadata }) => metadata.name.startsWith('dfw-lb-config')).data['haproxy.cfg'];
}

interface Running {
  readonly program: ChildProcess;
  readonly port: number;
  readonly tlsPort: number;
  readonly health: number;
  /** The headers of each request to the web slices, and which slice it reached. */
  readonly requests: { readonly slice: string; readonly headers: IncomingHttpHeaders }[];
}

/** Runs the balancer on other ports than a slice's, before two web slices of which the second takes no connection. */
async function running(props: Partial<BalancerProps>, what: (site: Running) => Promise<void>): Promise<void> {
  const requests: Running['requests'] = [];
  const web = await serve((request, response) => {
    requests.push({ slice: request.socket.localAddress!, headers: request.headers });
    if (request.url === '/img/large.bin') response.end(Buffer.alloc(8 << 20));
    else setTimeout(() => response.end('page'), request.url === '/slow' ? 1000 : 0);
  });
  const [port, tlsPort, health] = await freePorts(3);
  const root = mkdtempSync(join(tmpdir(), 'haproxy-'));
  mkdirSync(join(root, 'tls'));
  const pair = ['-keyout', join(root, 'tls/tls.key'), '-out', join(root, 'tls/tls.crt')];
  if (props.tls) spawnSync('openssl', ['req', ...SELF_SIGNED, ...pair]);
  const slices = ['127.0.0.1', '127.0.0.9'].map((address, index) => `server web${index + 1} ${address}:${web.port}`);
  const text = configuration(props)
    .replace(/server-template .*/, slices.join('\n  '))
    .replaceAll('0.0.0.0:8080', `127.0.0.1:${port}`)
    .replaceAll('0.0.0.0:8443', `127.0.0.1:${tlsPort}`)
    .replaceAll('0.0.0.0:8081', `127.0.0.1:${health}`)
    .replaceAll('/etc/slices/tls', join(root, 'tls'));
  writeFileSync(join(root, 'haproxy.cfg'), text);
  const program = startProgram('haproxy', ['-db', '-f', join(root, 'haproxy.cfg')]);
  try {
    for (let left = 100; left > 0 && program.exitCode === null; left--) {
      if (await statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1')) break;
      await sleep(100);
    }
    await what({ program, port: port!, tlsPort: tlsPort!, health: health!, requests });
  } finally {
    await endProgram(program, 'SIGKILL');
    web.server.close();
    web.server.closeAllConnections();
  }
}

const testOnHaProxy = testWith('haproxy', 'openssl');

testOnHaProxy('HAProxy takes its configuration as it is in a slice, with and without TLS', () => {
  for (const tls of [false, true]) {
    const root = mkdtempSync(join(tmpdir(), 'haproxy-'));
    spawnSync('openssl', ['req', ...SELF_SIGNED, '-keyout', join(root, 'tls.key'), '-out', join(root, 'tls.crt')]);
    writeFileSync(join(root, 'haproxy.cfg'), configuration({ tls }).replaceAll('/etc/slices/tls', root));
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', join(root, 'haproxy.cfg')], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('WARNING')]);
  }
});

testOnHaProxy('HAProxy asks another web slice where one takes no connection, and tells it who the client is', () =>
  running({}, async ({ port, requests }) => {
    for (let sent = 0; sent < 10; sent++) {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'X-Forwarded-For': '192.0.2.1' } });
      expect([answer.status, await answer.text()]).toEqual([200, 'page']);
    }
    expect(new Set(requests.map(({ slice }) => slice))).toEqual(new Set(['127.0.0.1']));
    expect(requests[0]!.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
  }),
);

testOnHaProxy('HAProxy refuses a body that is too large, or whose length is not announced', () =>
  running({ largestBody: Size.kibibytes(1) }, async ({ port, requests }) => {
    const post = async (body: string, headers: OutgoingHttpHeaders) => {
      const sent = request({ port, method: 'POST', headers, agent: false }).on('error', () => undefined);
      sent.end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      return answer.resume().statusCode;
    };
    expect(await post('a'.repeat(1024), { 'content-length': 1024 })).toBe(200);
    expect(await post('a'.repeat(1025), { 'content-length': 1025 })).toBe(413);
    expect(await post('a', { 'transfer-encoding': 'chunked' })).toBe(411);
    expect(requests).toHaveLength(1);
  }),
);

testOnHaProxy('HAProxy serves HTTPS, and leads HTTP there', () =>
  running({ tls: true }, async ({ port, tlsPort }) => {
    const answer = await fetch(`http://127.0.0.1:${port}/a?b=c`, { redirect: 'manual', headers: { host: 'site' } });
    expect(answer.status).toBe(308);
    expect(answer.headers.get('location')).toMatch(/^https:\/\/.*\/a\?b=c$/);
    // Its certificate signs itself.
    const options = { port: tlsPort, rejectUnauthorized: false, agent: false };
    const [secure] = (await once(get(options), 'response')) as [IncomingMessage];
    expect(secure.resume().statusCode).toBe(200);
  }),
);

testOnHaProxy('HAProxy finishes what it has when it is told to stop', () =>
  running({}, async ({ program, port }) => {
    const inHand = fetch(`http://127.0.0.1:${port}/slow`, { headers: { connection: 'close' } });
    await sleep(500);
    program.kill('SIGUSR1');
    expect(await (await inHand).text()).toBe('page');
    expect(await once(program, 'exit')).toEqual([0, null]);
  }),
);

testOnHaProxy.each(Object.entries(ATTACKS))(
  '1,500 %s connections of one address leave pages of HAProxy to another one, and the health check its own',
  (_, attack) =>
    running({}, async ({ port, health }) => {
      const stranger = new Stranger(attack, { host: '127.0.0.1', port, from: '127.0.0.2' }, 1500);
      try {
        await stranger.begun();
        const asked = Array.from({ length: 10 }, () => [
          statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1'),
          statusOf(`http://127.0.0.1:${health}/metrics`, '127.0.0.1'),
          statusOf(`http://127.0.0.1:${port}/`, '127.0.0.3'),
        ]);
        expect(new Set(await Promise.all(asked.flat()))).toEqual(new Set([200]));
      } finally {
        stranger.stop();
      }
    }),
  60_000,
);

testOnHaProxy('where all addresses together take all connections of HAProxy, the health check still has its own', () =>
  running({ tls: true }, async ({ port, health }) => {
    const strangers = Array.from(
      { length: 12 },
      (_, index) => new Stranger(ATTACKS['one-byte']!, { host: '127.0.0.1', port, from: `127.0.1.${index + 1}` }, 100),
    );
    try {
      await Promise.all(strangers.map((each) => each.begun()));
      expect(await statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1')).toBe(200);
    } finally {
      for (const each of strangers) each.stop();
    }
  }),
);

test('HAProxy says that it serves no static files and fetches no blobs', () => {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram, image: 'example.org/site:1' });
  const blobs = new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.garage() });
  const staticFiles = [StaticFiles.fromText({ '/robots.txt': '' })];
  const lb = new Balancer(site, 'lb', { ram, web, blobs, staticFiles, engine: BalancerEngine.haproxy() });
  const instead = 'HAProxy serves and fetches no files; leave it out, or write BalancerEngine.nginx()';
  expect(problems(lb)).toEqual([
    `[dfw/lb] 'staticFiles' is '/robots.txt': ${instead}`,
    `[dfw/lb] 'blobs' is 'dfw/mog': ${instead}`,
  ]);
});

test('HAProxy follows as many web slices as there may be', () => {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'a/b:1', slices: 2, scaling: { max: 99 } });
  const lb = new Balancer(site, 'lb', { ram, web, engine: BalancerEngine.haproxy() });
  const { data } = ofKind(synth(lb), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config'));
  expect(data['haproxy.cfg']).toContain(
    'server-template web 1-99 dfw-web-ready.dfw.svc.cluster.local:80 resolvers dns',
  );
});

test('HAProxy is told to stop by the signal that lets it finish', () => {
  const [container] = find(synth(balancer()), 'StatefulSet', 'dfw-lb').spec.template.spec.containers;
  expect(container.command[2]).toContain("trap 'kill -USR1 $haproxy' TERM");
});
