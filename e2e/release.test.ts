import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ROOT,
  bringUp,
  get,
  hasImage,
  kubectl,
  loadWhile,
  removeNamespaces,
  until,
  urlOf,
  withCluster,
} from './support';

const NAMESPACE = 'released';
const MAIN = join(ROOT, 'e2e', 'sites', 'release.ts');
const PAGES = 'ghcr.io/cdk8s-slices/pages';
const NGINX = 'docker.io/library/nginx:1.30';
const OTHER_NGINX = 'ghcr.io/cdk8s-slices/balancer:2';
/** `ENGINE=haproxy` and `ENGINE=perlbal` try a release behind these. */
const ENGINE = process.env['ENGINE'] ?? 'nginx';
const onNginx = ENGINE === 'nginx' ? test : test.skip;

/** How a command ended, and how long it took. */
interface Ended {
  readonly code: number;
  readonly said: string;
  readonly seconds: number;
}

const file = join(mkdtempSync(join(tmpdir(), 'release-')), 'images.json');
const env = { IMAGES: file };

async function slices(...args: string[]): Promise<Ended> {
  const start = performance.now();
  const options = { cwd: ROOT, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile('npx', ['tsx', 'cli/main.ts', ...args], options, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      const ended = { code, said: stdout + stderr, seconds: (performance.now() - start) / 1000 };
      process.stderr.write(`${args.join(' ')}: ${code} after ${ended.seconds.toFixed(1)} s\n${ended.said}\n`);
      resolve(ended);
    });
  });
}

const release = (...args: string[]) => slices('release', ...args, MAIN, '--images', file, '-y');
const inFile = () => JSON.parse(readFileSync(file, 'utf8')) as Record<'web' | 'jobs' | 'lb', string>;

/** The most slices that ran an image at one time, and when the last of them was gone. */
async function whileWatching(image: string, work: () => Promise<void>): Promise<{ most: number; goneAfter: number }> {
  const start = performance.now();
  let [most, last, going] = [0, start, true];
  const watching = (async () => {
    while (going) {
      const { items } = await get('-n', NAMESPACE, 'pods', '-l', 'pod-template-hash');
      // oxlint-disable-next-line typescript/no-explicit-any
      const found = items.filter(({ spec }: any) => spec.containers[0].image === image).length;
      most = Math.max(most, found);
      if (found > 0) last = performance.now();
      await sleep(500);
    }
  })();
  await work();
  await until(`the end of ${image}`, async () => performance.now() - last > 2000);
  going = false;
  await watching;
  return { most, goneAfter: (last - start) / 1000 };
}

withCluster('a release', () => {
  let url: string;
  const page = async () => (await fetch(url)).text();

  beforeAll(async () => {
    const missing = ['1', '2', 'broken', 'slow'].filter((each) => !hasImage(`${PAGES}:${each}`));
    if (missing.length > 0) throw new Error(`no node has ${PAGES}:${missing[0]}: npm run standins`);
    writeFileSync(file, JSON.stringify({ lb: NGINX, web: `${PAGES}:1`, jobs: `${PAGES}:1` }));
    const names = ['released-web', 'released-jobs', 'released-lb', 'released-admin'];
    await bringUp(MAIN, { [NAMESPACE]: names }, { env });
    url = await urlOf(NAMESPACE, 'released-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('of good images fails no request of 100 a second, and runs the migration first', async () => {
    let ended: Ended | undefined;
    const load = await loadWhile(url, 100, async () => {
      ended = await release(`web=${PAGES}:2`, `jobs=${PAGES}:2`);
    });
    process.stderr.write(`${load.sent} requests, ${load.failures.length} failed\n`);
    expect({ code: ended?.code, failures: load.failures.slice(0, 5) }).toEqual({ code: 0, failures: [] });
    expect(ended?.said).toMatch(/released-web-migrate-\w+ runs first/);
    await until('the new pages', async () => (await page()) === 'release 2\n');
    expect(inFile()).toMatchObject({ web: `${PAGES}:2`, jobs: `${PAGES}:2` });
    // The others do not count how long answers take, and the command says so.
    expect(/only nginx does\): p95 is not watched/.test(ended?.said ?? '')).toBe(ENGINE !== 'nginx');
  });

  onNginx('of an image that is nowhere ends before any slice changes where a migration has to run', async () => {
    const { code, said } = await release(`web=${PAGES}:nowhere`);
    expect({ code, says: /released-web-migrate-\w+: migrate cannot run/.test(said) }).toEqual({ code: 1, says: true });
    expect(inFile().web).toBe(`${PAGES}:2`);
    const { items } = await get('-n', NAMESPACE, 'jobs');
    expect(JSON.stringify(items)).not.toContain('nowhere');
  });

  test.each([
    ['an image that is nowhere', 'nowhere', 'jobs', 0],
    ['an image whose pages answer 500', 'broken', 'web', 0.2],
  ])('%s stops at one slice, and is gone within two minutes', async (_, tag, role, share) => {
    const image = `${PAGES}:${tag}`;
    let ended: Ended | undefined;
    let watched: { most: number; goneAfter: number } | undefined;
    const load = await loadWhile(url, 100, async () => {
      watched = await whileWatching(image, async () => {
        ended = await release(`${role}=${image}`);
      });
    });
    process.stderr.write(`${JSON.stringify(watched)}, ${load.failures.length} of ${load.sent} failed\n`);
    expect(ended?.code).toBe(1);
    expect(watched?.most).toBe(1);
    expect(watched?.goneAfter).toBeLessThan(120);
    expect(load.failures.length / load.sent).toBeLessThanOrEqual(share);
    expect(inFile()).toMatchObject({ web: `${PAGES}:2`, jobs: `${PAGES}:2` });
    expect(await page()).toBe('release 2\n');
  });

  test('whose page of the gate is good stops where the Prometheus of the site sees errors', async () => {
    let ended: Ended | undefined;
    const load = await loadWhile(url, 100, async () => {
      ended = await release(`web=${PAGES}:broken`, '--path', '/healthy', '--canary', '3m');
    });
    process.stderr.write(`${load.failures.length} of ${load.sent} failed\n`);
    expect(ended?.code).toBe(1);
    expect(ended?.said).toMatch(/\d+\.\d % of the site's requests end with a 5xx; before it were 0\.0 %/);
    expect(ended?.seconds).toBeLessThan(150);
    expect(await page()).toBe('release 2\n');
  });

  onNginx('whose pages are slow stops where the Prometheus of the site sees that', async () => {
    let ended: Ended | undefined;
    const load = await loadWhile(url, 100, async () => {
      ended = await release(`web=${PAGES}:slow`, '--canary', '3m');
    });
    process.stderr.write(`${load.failures.length} of ${load.sent} failed\n`);
    expect(ended?.code).toBe(1);
    expect(ended?.said).toMatch(/95 % of the site's requests are answered within 1\.\d+ s; before it were 0\.\d+ s/);
    expect(await page()).toBe('release 2\n');
  });

  onNginx("of the balancer's own image is one slice at a time, and a bad one goes back", async () => {
    const bad = await release('lb=docker.io/library/nginx:nowhere', '--timeout', '60s');
    expect({ code: bad.code, lb: inFile().lb }).toEqual({ code: 1, lb: NGINX });
    const images = async () => {
      const { items } = await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=lb');
      // oxlint-disable-next-line typescript/no-explicit-any
      return items.map(({ spec }: any) => spec.containers[0].image);
    };
    await until('both balancers as before', async () => (await images()).join() === [NGINX, NGINX].join());
    let ended: Ended | undefined;
    const load = await loadWhile(url, 100, async () => {
      ended = await release(`lb=${OTHER_NGINX}`);
    });
    process.stderr.write(`${load.failures.length} of ${load.sent} failed: ${load.failures.slice(0, 3).join()}\n`);
    expect({ code: ended?.code, lb: inFile().lb }).toEqual({ code: 0, lb: OTHER_NGINX });
    expect(await images()).toEqual([OTHER_NGINX, OTHER_NGINX]);
    // A takeover of the address is one of those that the balancer's page promises.
    expect(load.failures.length / load.sent).toBeLessThan(0.05);
  });

  onNginx('is rolled back by one word, and the history has all of them', async () => {
    const { code } = await slices('rollback', MAIN, '--images', file, '-y');
    expect({ code, lb: inFile().lb }).toEqual({ code: 0, lb: NGINX });
    expect((await slices('rollback', MAIN, '--images', file, '-y')).code).toBe(0);
    expect(inFile()).toEqual({ lb: NGINX, web: `${PAGES}:1`, jobs: `${PAGES}:1` });
    await until('the pages before', async () => (await page()) === 'release 1\n');
    const { said } = await slices('history', NAMESPACE, '-o', 'json');
    const records = JSON.parse(said) as { result: string; by: string }[];
    expect(records.map(({ result }) => result)).toEqual([
      'rolled back',
      'rolled back',
      'released',
      'went back',
      'went back',
      'went back',
      'went back',
      'went back',
      'went back',
      'released',
    ]);
    expect(records[0]?.by).toBe(await kubectl('auth', 'whoami', '--output=jsonpath={.status.userInfo.username}'));
  });
});
