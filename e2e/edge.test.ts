import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { addressOf, apply, get, kubectl, ready, removeNamespaces, synth, until, withCluster } from './support';

const run = promisify(execFile);

withCluster.each(['nginx', 'haproxy'])('%s: certificates of others, and the log of requests', (engine) => {
  const namespace = `e2e-edge-${engine}`;
  let address: string;

  /** What curl prints, for a host of the site. */
  async function curl(url: string, ...options: string[]): Promise<string> {
    const to = [`::${address}:443`, `::${address}:80`][url.startsWith('https:') ? 0 : 1]!;
    return (await run('curl', ['-sS', '-k', '--max-time', '10', '--connect-to', to, ...options, url])).stdout;
  }

  /** Whose certificate a client sees that asks for a host. */
  async function shown(host: string): Promise<string> {
    const look = `openssl s_client -connect ${address}:443 -servername ${host} </dev/null 2>/dev/null`;
    const { stdout } = await run('sh', ['-c', `${look} | openssl x509 -noout -subject`]);
    return /CN ?= ?(.*)$/m.exec(stdout)?.[1] ?? '';
  }

  /** Makes the Secret as cert-manager would, or renews it. */
  async function certificate(name: string): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'edge-'));
    const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:example.net'];
    await run('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert]);
    const secret = ['create', 'secret', 'tls', 'example-net', `--key=${key}`, `--cert=${cert}`];
    const text = await kubectl('-n', namespace, ...secret, '--dry-run=client', '-o', 'json');
    await run('sh', ['-c', 'printf %s "$0" | kubectl apply --server-side --force-conflicts -f -', text]);
  }

  beforeAll(async () => {
    await removeNamespaces(namespace);
    await kubectl('create', 'namespace', namespace);
    await certificate('first.example.net');
    await apply(synth('e2e/sites/edge.ts', { ENGINE: engine }));
    await ready(namespace, [`${namespace}-web`, `${namespace}-lb`]);
    address = await addressOf(namespace, `${namespace}-lb-active`);
    const code = () => curl('https://example.net/', '-o', '/dev/null', '-w', '%{http_code}');
    await until('an answer', async () => (await code()) === '200');
  });

  afterAll(() => removeNamespaces(namespace));

  test('each host is shown its certificate, by HTTP/2, and HTTP leads there', async () => {
    expect(await shown('example.net')).toBe('first.example.net');
    expect(await shown('example.org')).toBe('example.org');
    const said = '%{http_code} %{http_version} %{redirect_url}';
    expect(await curl('https://example.net/', '-o', '/dev/null', '-w', said)).toBe('200 2 ');
    const plain = await curl('http://example.net/a?b', '-o', '/dev/null', '-w', said);
    expect(plain).toBe('308 1.1 https://example.net/a?b');
    const spoofed = ['-H', 'X-Forwarded-Proto: https', '-H', 'X-Forwarded-For: 192.0.2.1'];
    expect(await curl('http://example.net/', ...spoofed, '-o', '/dev/null', '-w', '%{http_code}')).toBe('308');
    expect(await curl('https://example.net/', '-I')).toMatch(/^strict-transport-security: max-age=31536000\r$/im);
  });

  test('each request is a line of the log', async () => {
    await curl('https://example.net/logged');
    const lines = await until('a line of the log', async () => {
      const text = await kubectl('-n', namespace, 'logs', '-l', 'app.kubernetes.io/name=lb', '-c', engine, '--tail=-1');
      const found = text.split('\n').filter((line) => line.includes('/logged'));
      return found.length > 0 && found;
    });
    expect(lines).toHaveLength(1);
    if (engine === 'nginx')
      expect(JSON.parse(lines[0]!)).toMatchObject({
        host: 'example.net',
        uri: '/logged',
        status: '404',
        method: 'GET',
      });
  });

  test('a renewed certificate is shown without a restart, and no request fails meanwhile', async () => {
    const started = async () => {
      const { items } = await get('-n', namespace, 'pods', '-l', 'app.kubernetes.io/name=lb');
      // oxlint-disable-next-line typescript/no-explicit-any
      return items.flatMap(({ status }: any) => status.containerStatuses.map((each: any) => each.containerID)).sort();
    };
    const before = await started();
    await certificate('second.example.net');
    const begun = performance.now();
    const codes = new Set<string>();
    await until(
      'the renewed certificate',
      async () => {
        codes.add(await curl('https://example.net/', '-o', '/dev/null', '-w', '%{http_code}').catch(String));
        await sleep(500);
        return (await shown('example.net')) === 'second.example.net';
      },
      240,
    );
    console.log(`${engine}: shown after ${Math.round((performance.now() - begun) / 1000)} s`);
    expect(codes).toEqual(new Set(['200']));
    expect(await started()).toEqual(before);
  });
});
