import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addressOf, apply, get, kubectl, ready, removeNamespaces, synth, until, withCluster } from './support';

const run = promisify(execFile);
const NAMESPACE = 'e2e-doors';
const ENGINES = ['nginx', 'haproxy'];
const BEHIND = ENGINES.map((engine) => `${engine}-behind`);
const SETS = ['web', ...ENGINES, ...BEHIND].map((role) => `${NAMESPACE}-${role}`);

withCluster('doors of a balancer, as curl finds them', () => {
  const addresses: Record<string, string> = {};

  /** What curl prints, for a host of the site. */
  async function curl(engine: string, host: string, target: string, ...options: string[]): Promise<string> {
    const there = ['-sS', '--max-time', '20', '--path-as-is', '--connect-to', `::${addresses[engine]}:80`];
    return (await run('curl', [...there, '--request-target', target, ...options, `http://${host}/`])).stdout;
  }

  const SAID = ['-o', '/dev/null', '-w', '%{http_code}'];
  const status = (engine: string, host: string, target: string, ...options: string[]) =>
    curl(engine, host, target, ...SAID, ...options);

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE);
    await kubectl('create', 'namespace', NAMESPACE);
    const { stdout: hash } = await run('openssl', ['passwd', '-6', 'knock knock']);
    const line = `--from-literal=auth=alice:${hash.trim()}`;
    await kubectl('-n', NAMESPACE, 'create', 'secret', 'generic', 'testers', line);
    await apply(synth('e2e/sites/doors.ts'));
    await ready(NAMESPACE, SETS);
    for (const engine of ENGINES) {
      addresses[engine] = await addressOf(NAMESPACE, `${NAMESPACE}-${engine}-active`);
      await until(`an answer of ${engine}`, async () => (await status(engine, 'example.org', '/')) === '200');
    }
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test.each(ENGINES)(
    '%s: lets those with the password of the made Secret in, whatever the path is called',
    async (engine) => {
      const { data } = await get('-n', NAMESPACE, 'secret', `${NAMESPACE}-${engine}-users`);
      const admin = ['-u', `admin:${Buffer.from(data.password, 'base64').toString()}`];
      // The web tier gets no password.
      expect(await curl(engine, 'example.org', '/admin/a', ...admin)).toMatch(/^\/admin\/a \S+ \n$/);
      for (const target of [
        '/admin',
        '//x/admin',
        '/ADMIN/',
        '/x/../admin',
        '/%61dmin',
        '/admin;a',
        '/x\\..\\admin',
        '/x/..;/admin',
      ])
        expect([target, await status(engine, 'example.org', target)]).toEqual([
          target,
          expect.stringMatching(/^40[01]$/),
        ]);
      expect(await status(engine, 'example.org', '/administrator')).toBe('200');
      expect(await status(engine, 'stage.example.org.', '/', ...admin)).toBe('401');
      expect(await status(engine, 'stage.example.org', '/', '-u', 'alice:knock knock')).toBe('200');
    },
  );

  test.each(ENGINES)(
    '%s: a client has so many requests a minute for a path, however it spells that',
    async (engine) => {
      const targets = ['/login', '/LOGIN/', '/%6cogin/a', '/login;a', '//login', '/login?'];
      const codes = await Promise.all(
        [...targets, ...targets, ...targets].map((each) => status(engine, 'example.org', each)),
      );
      const served = codes.filter((code) => code === '200').length;
      // As many at once, and what trickles in meanwhile.
      expect(served).toBeGreaterThanOrEqual(5);
      expect(served).toBeLessThanOrEqual(7);
      expect(codes).toContain('429');
      expect(await status(engine, 'example.org', '/logins')).toBe('200');
    },
  );

  test.each(ENGINES)('%s: text is compressed, and nothing else has its headers', async (engine) => {
    const head = (...options: string[]) =>
      curl(engine, 'example.org', '/long', '-o', '/dev/null', '-D', '-', ...options);
    expect(await head('-H', 'Accept-Encoding: gzip')).toMatch(/^content-encoding: gzip\r?$/im);
    expect(await head()).not.toMatch(/^content-encoding/im);
  });

  test.each(ENGINES)('%s: an answer that takes longer than five seconds is given up', async (engine) => {
    const begun = performance.now();
    expect(await status(engine, 'example.org', '/never', '-X', 'POST', '-d', 'a')).toBe('504');
    expect(performance.now() - begun).toBeGreaterThan(4500);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  test.each(ENGINES)('%s: headers of 31 KiB pass, of 70 KiB none', async (engine) => {
    const asks = (kibibytes: number) =>
      status(engine, 'example.org', '/', '-H', `X-Long: ${'a'.repeat(kibibytes * 1024)}`).catch(() => '400');
    expect(await asks(31)).toBe('200');
    expect(await asks(70)).toMatch(/^4/);
  });

  test('a password is in no manifest and in no log', async () => {
    const { data } = await get('-n', NAMESPACE, 'secret', `${NAMESPACE}-nginx-users`);
    const passwords = [Buffer.from(data.password, 'base64').toString(), 'knock knock'];
    const logs = await Promise.all(
      ENGINES.map((role) => kubectl('-n', NAMESPACE, 'logs', '-l', `app.kubernetes.io/name=${role}`, '--tail=-1')),
    );
    const objects = await kubectl('-n', NAMESPACE, 'get', 'configmaps,deployments', '-o', 'yaml');
    expect(logs.join('')).toMatch(/\/admin/);
    for (const password of passwords) expect([...logs, objects].some((text) => text.includes(password))).toBe(false);
  });

  test('changed users are let in without a restart', async () => {
    const { stdout: hash } = await run('openssl', ['passwd', '-6', 'open sesame']);
    const patch = JSON.stringify({ stringData: { auth: `bob:${hash}` } });
    await kubectl('-n', NAMESPACE, 'patch', 'secret', 'testers', '-p', patch);
    const begun = performance.now();
    for (const engine of ENGINES) {
      const asks = () => status(engine, 'stage.example.org', '/', '-u', 'bob:open sesame');
      await until(`bob at ${engine}`, async () => (await asks()) === '200');
      console.log(`${engine}: let in after ${Math.round((performance.now() - begun) / 1000)} s`);
      expect(await status(engine, 'stage.example.org', '/', '-u', 'alice:knock knock')).toBe('401');
    }
  });

  test('HAProxy in front says who its client is, by either version of the PROXY protocol', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doors-'));
    const ways = BEHIND.flatMap((role) => ['send-proxy', 'send-proxy-v2'].map((how) => ({ role, how })));
    const listens = await Promise.all(
      ways.map(async ({ role, how }, index) => {
        const address = await addressOf(NAMESPACE, `${NAMESPACE}-${role}-active`);
        return `listen way${index}\n  bind 127.0.0.1:${18_080 + index}\n  server one ${address}:80 ${how}\n`;
      }),
    );
    const times = '  timeout connect 5s\n  timeout client 20s\n  timeout server 20s\n';
    writeFileSync(join(folder, 'haproxy.cfg'), `defaults\n  mode tcp\n${times}${listens.join('')}`);
    const front = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
    try {
      for (const index of ways.keys()) {
        const url = `http://127.0.0.1:${18_080 + index}/`;
        const asks = async () => (await run('curl', ['-sS', '-m', '10', '--interface', '127.0.0.9', url])).stdout;
        expect([ways[index], await until(`an answer of ${url}`, asks, 60)]).toEqual([ways[index], '/ 127.0.0.9 \n']);
      }
    } finally {
      front.kill('SIGTERM');
    }
    // Who begins with a request is no load balancer.
    for (const role of BEHIND) {
      const address = await addressOf(NAMESPACE, `${NAMESPACE}-${role}-active`);
      await expect(run('curl', ['-fsS', '-m', '10', `http://${address}/`])).rejects.toThrow();
    }
  });

  test('without a web slice visitors see the page, and before that the errors of the program', async () => {
    for (const engine of ENGINES)
      expect([engine, await curl(engine, 'example.org', '/?status=503')]).toEqual([
        engine,
        expect.stringMatching(/^\/\?status/),
      ]);
    await kubectl('-n', NAMESPACE, 'scale', 'deployment', `${NAMESPACE}-web`, '--replicas=0');
    for (const engine of ENGINES) {
      const page = await until(`the page of ${engine}`, async () => {
        const text = await curl(engine, 'example.org', '/', '-i');
        return text.includes('Something is wrong') && text;
      });
      expect([engine, page]).toEqual([engine, expect.stringMatching(/^HTTP\/1.1 50[234] /)]);
      expect([engine, page]).toEqual([engine, expect.stringMatching(/^retry-after: 30\r$/im)]);
    }
    await kubectl('-n', NAMESPACE, 'scale', 'deployment', `${NAMESPACE}-web`, '--replicas=1');
  });
});
