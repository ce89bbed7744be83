import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT, addressOf, bringUp, kubectl, podsOf, ready, removeNamespaces, until, withCluster } from './support';

const run = promisify(execFile);
const NAMESPACE = 'pages';
const SETS = ['pages-stable', 'pages-canary', 'pages-api', 'pages-lb'];

withCluster('routes by host, a split and a redirect, as curl sees them', () => {
  let address: string;

  /** What curl prints, for a host of the site. */
  async function curl(host: string, path: string, ...options: string[]): Promise<string> {
    const there = ['-sS', '--max-time', '20', '--connect-to', `::${address}:80`];
    return (await run('curl', [...there, ...options, `http://${host}${path}`], { maxBuffer: 16 << 20 })).stdout;
  }

  /** The codes that so many requests got, 20 a second, each on a connection of its own. */
  async function codes(host: string, count: number): Promise<Record<string, number>> {
    const said = ['-o', '/dev/null', '-w', '%{http_code}\n', '--rate', '20/s', '-H', 'Connection: close'];
    const counts: Record<string, number> = {};
    for (const code of (await curl(host, `/?[1-${count}]`, ...said)).trim().split('\n'))
      counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  }

  beforeAll(async () => {
    await bringUp(join(ROOT, 'examples', 'canary', 'main.ts'), { [NAMESPACE]: SETS });
    address = await addressOf(NAMESPACE, 'pages-lb-active');
    await until('an answer', async () => (await curl('api.pages.example', '/')) === 'release api\n');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('two hosts lead to two web tiers', async () => {
    expect(await curl('api.pages.example', '/')).toBe('release api\n');
    expect(await curl('pages.example', '/')).toMatch(/^release 1\.[01]\n$/);
  });

  test('the canary has a tenth of the requests, and keeps who has its cookie', async () => {
    const count = 1000;
    const releases = (await curl('pages.example', `/?[1-${count}]`)).match(/release \S+/g)!;
    const share = releases.filter((each) => each === 'release 1.1').length / count;
    expect(releases).toHaveLength(count);
    // Within five deviations of 0.95 percent.
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.15);
    const kept = await curl('pages.example', '/?[1-50]', '-b', 'release=pages-canary');
    expect(new Set(kept.match(/release \S+/g))).toEqual(new Set(['release 1.1']));
  });

  test('a header of a request asks for the canary, and nothing like it does', async () => {
    const hundred = async (...headers: string[]) => {
      const options = headers.flatMap((each) => ['-H', each]);
      return new Set((await curl('pages.example', '/?[1-100]', ...options)).match(/release \S+/g));
    };
    expect(await hundred('X-Release: next')).toEqual(new Set(['release 1.1']));
    for (const headers of [['X-Release: Next'], ['X_Release: next'], ['X-Release: next', 'X-Release: next']])
      expect([headers, await hundred(...headers)]).toEqual([headers, new Set(['release 1.0', 'release 1.1'])]);
    expect(await curl('api.pages.example', '/', '-H', 'X-Release: next')).toBe('release api\n');
  });

  test('a redirect keeps the path and the query', async () => {
    const said = await curl('www.pages.example', '/a%20b?c', '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}');
    expect(said).toBe('307 http://pages.example/a%20b?c');
  });

  test('a slice of each tier that is killed fails no patient request', async () => {
    const load = Promise.all(['api.pages.example', 'pages.example'].map((host) => codes(host, 400)));
    await sleep(3000);
    for (const role of ['api', 'stable', 'canary']) {
      const [pod] = await podsOf(NAMESPACE, role);
      await kubectl('-n', NAMESPACE, 'delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false');
    }
    expect(await load).toEqual([{ 200: 400 }, { 200: 400 }]);
    await ready(NAMESPACE, SETS);
  });

  test('a web tier without slices gives only its own host an error', async () => {
    const code = (host: string) => curl(host, '/', '-o', '/dev/null', '-w', '%{http_code}');
    await kubectl('-n', NAMESPACE, 'scale', 'deployment', 'pages-api', '--replicas=0');
    await until('an error of the host without slices', async () => /^50[234]$/.test(await code('api.pages.example')));
    expect(await codes('pages.example', 50)).toEqual({ 200: 50 });
    await kubectl('-n', NAMESPACE, 'scale', 'deployment', 'pages-api', '--replicas=2');
    await until('an answer of the host with slices', async () => (await code('api.pages.example')) === '200');
  });
});
