import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  podsOf,
  ROOT,
  bringUp,
  get,
  kubectl,
  loadWhile,
  ready,
  removeNamespaces,
  until,
  urlOf,
  withCluster,
} from '../support';
import { WikiClient } from '../wiki-client';

const NAMESPACE = 'wiki';
const MAIN_PAGE = '/index.php/Main_Page';
const SETS = ['memc', 'db', 'web', 'jobs', 'lb'].map((role) => `wiki-${role}`);

withCluster('MediaWiki on slices', () => {
  let url: string;
  let reader: WikiClient;
  let writer: WikiClient;

  beforeAll(async () => {
    await bringUp(join(ROOT, 'examples', 'wiki', 'main.ts'), { [NAMESPACE]: SETS });
    url = await urlOf(NAMESPACE, 'wiki-lb', MAIN_PAGE);
    reader = new WikiClient(url);
    writer = new WikiClient(url);
    const { data } = await get('-n', NAMESPACE, 'secret', 'wiki-app');
    await writer.logIn('Admin', Buffer.from(data.WIKI_ADMIN_PASSWORD, 'base64').toString());
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('the main page renders', async () => {
    const html = await (await reader.page(MAIN_PAGE)).text();
    expect(html).toContain('<title>Wiki</title>');
    expect(html).toContain('/load.php');
  });

  test('a picture of the skin comes from the balancers', async () => {
    const before = await requestsOfApache('change-your-logo');
    const picture = await reader.page('/resources/assets/change-your-logo.svg');
    expect(picture.headers.get('content-type')).toBe('image/svg+xml');
    expect(await requestsOfApache('change-your-logo')).toBe(before);
  });

  test('a new page is saved, and read by someone else', async () => {
    await writer.edit('A new page', 'It was written through the balancer.');
    expect(await (await reader.page('/index.php/A_new_page')).text()).toContain('It was written through the balancer.');
  });

  test('a session is good at every web slice', async () => {
    for (let time = 0; time < 10; time++) {
      const { query } = await writer.ask({ action: 'query', meta: 'userinfo' });
      expect(query.userinfo.name).toBe('Admin');
    }
    const counts = await Promise.all([1, 2].map((slice) => requestsOfApache('meta=userinfo', slice)));
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  test('a job that an edit queues is run by a worker', async () => {
    await writer.edit('Template:Box', 'A box.');
    await writer.edit('User of the box', '{{Box}}');
    // What uses a template is put into its categories by a job, and by nothing else.
    await writer.edit('Template:Box', 'A box.<includeonly>[[Category:Boxed]]</includeonly>');
    const members = await until('the page in its category', async () => {
      const list = { action: 'query', list: 'categorymembers', cmtitle: 'Category:Boxed' };
      const found = (await reader.ask(list)).query.categorymembers as { title: string }[];
      return found.length > 0 && found;
    });
    expect(members.map(({ title }) => title)).toEqual(['User of the box']);
    const logs = await Promise.all(
      [1, 2].map((worker) => kubectl('-n', NAMESPACE, 'logs', 'deployment/wiki-jobs', '-c', `run-${worker}`)),
    );
    expect(logs.join('')).toMatch(/refreshLinks \S*Box .* good/);
  });

  test('every cache server has hits', async () => {
    for (const server of ['wiki-memc01', 'wiki-memc02']) expect(await hitsOf(server)).toBeGreaterThan(0);
  });

  // A page of PHP alone, since one of MediaWiki takes so much CPU that it measures the machine; but for the cache.
  test.each([
    ['web', 'a web slice', 0, '/health.php', 20],
    ['web', 'another', 0, '/health.php', 20],
    ['memc', 'wiki-memc-1', 0, MAIN_PAGE, 1],
    ['memc', 'wiki-memc-2', 0, MAIN_PAGE, 1],
    ['lb', 'the other balancer', 0, '/health.php', 20],
    // No one can connect until the other has taken the address: 2 seconds by far the most times, and 3 at the worst.
    ['lb', 'the active balancer', 3, '/health.php', 20],
  ])('killing a pod of %s, %s, fails requests in flight alone, and new ones for %i s', async (...fault) => {
    const [role, which, seconds, path, perSecond] = fault;
    await until('a page from slices that are warm', () => warm(url), 60);
    const pod = await victim(role, which);
    let killed = new Date();
    const load = await loadWhile(`${url}${path}`, perSecond, async () => {
      await sleep(2_000);
      await kubectl('-n', NAMESPACE, 'delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false');
      killed = new Date();
      await sleep(7_000);
      await ready(NAMESPACE, [`wiki-${role}`]);
    });
    const failed = `${load.failures.length} of ${load.sent} requests failed: ${load.failures.join(', ')}`;
    process.stdout.write(`${pod} killed at ${timeOf(killed)}: ${failed}\n`);
    // A failure is noted under the time its request was sent.
    const last = timeOf(new Date(killed.getTime() + seconds * 1000));
    expect(load.failures.filter((failure) => failure.slice(0, 12) > last)).toEqual([]);
    expect(load.sent).toBeGreaterThan(perSecond * 8);
  });

  test('every slice is under its RAM', async () => {
    const lines = await until('figures of every pod', async () => {
      const found = (await kubectl('-n', NAMESPACE, 'top', 'pod', '--no-headers')).trim().split('\n');
      return found.length >= 9 && found;
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    const ram: Record<string, number> = { memc: 128, db: 512, web: 512, jobs: 256, lb: 128 };
    for (const line of lines) {
      const [pod, , memory] = line.split(/\s+/) as [string, string, string];
      const role = pod.split('-')[1]!;
      expect([pod, memory.endsWith('Mi') && Number.parseInt(memory, 10) < ram[role]!]).toEqual([pod, true]);
    }
  });
});

/** PHP compiles its programs with the first pages that a new slice serves; the balancer asks each slice in turn. */
async function warm(url: string): Promise<boolean> {
  const start = performance.now();
  for (let page = 0; page < 4; page++) await (await fetch(`${url}${MAIN_PAGE}`)).text();
  return performance.now() - start < 4000;
}

function timeOf(date: Date): string {
  return date.toISOString().slice(11, 23);
}

async function victim(role: string, which: string): Promise<string> {
  if (role === 'lb') return balancer(which === 'the active balancer');
  return role === 'web' ? (await podsOf(NAMESPACE, 'web'))[0] : which;
}

async function balancer(active: boolean): Promise<string> {
  const slices = await get('-n', NAMESPACE, 'endpointslices', '-l', 'kubernetes.io/service-name=wiki-lb-active');
  const holder = slices.items[0].endpoints[0].targetRef.name as string;
  return active ? holder : holder === 'wiki-lb-1' ? 'wiki-lb-2' : 'wiki-lb-1';
}

/** How many requests the logs of Apache have that contain a text. */
async function requestsOfApache(text: string, ...slices: number[]): Promise<number> {
  const pods = await podsOf(NAMESPACE, 'web');
  const logs = await Promise.all(
    (slices.length > 0 ? slices : [1, 2]).map((slice) => kubectl('-n', NAMESPACE, 'logs', pods[slice - 1]!)),
  );
  return logs
    .join('')
    .split('\n')
    .filter((line) => line.includes(text)).length;
}

/** Asks a cache server from where it may be asked. */
async function hitsOf(server: string): Promise<number> {
  const program = `$c = fsockopen("${server}", 11211); fwrite($c, "stats\\r\\nquit\\r\\n"); echo stream_get_contents($c);`;
  const stats = await kubectl('-n', NAMESPACE, 'exec', 'deployment/wiki-web', '--', 'php', '-r', program);
  return Number(/get_hits (\d+)/.exec(stats)?.[1]);
}
