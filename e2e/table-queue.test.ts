import { join } from 'node:path';
import { Prometheus } from './prometheus';
import { ROOT, bringUp, get, kubectl, podsOf, ready, removeNamespaces, until, urlOf, withCluster } from './support';

const NAMESPACE = 'letters';

withCluster('Laravel’s queue in a table', () => {
  let url: string;
  let prometheus: Prometheus;

  beforeAll(async () => {
    const sets = ['db', 'jobs', 'web', 'lb', 'admin'].map((role) => `letters-${role}`);
    await bringUp(join(ROOT, 'examples', 'table-queue', 'main.ts'), { [NAMESPACE]: sets });
    url = `${await urlOf(NAMESPACE, 'letters-lb', '/healthy.html')}/letters.php`;
    prometheus = await Prometheus.in(NAMESPACE, 'letters-admin-1');
  });

  afterAll(async () => {
    prometheus?.end();
    await removeNamespaces(NAMESPACE);
  });

  async function send(letter: Record<string, string>): Promise<void> {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(letter) });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  }

  const sent = async () =>
    (await (await fetch(url)).text())
      .replace(/^sent: |\n/g, '')
      .split(', ')
      .filter(Boolean);

  /** What the database says. */
  async function asked(statement: string): Promise<string> {
    const php = `echo (new PDO('mysql:host=' . getenv('QUEUE_DB_HOST'), getenv('QUEUE_DB_USER'), getenv('QUEUE_DB_PASSWORD')))->query($argv[1])->fetchColumn();`;
    return kubectl('-n', NAMESPACE, 'exec', 'deployment/letters-web', '--', 'php', '-r', php, statement);
  }

  /** A figure of each queue. */
  const figure = (name: string) => prometheus.values(name, 'queue');

  async function scale(slices: number): Promise<void> {
    await kubectl('-n', NAMESPACE, 'scale', 'deployment/letters-jobs', `--replicas=${slices}`);
    if (slices > 0) return ready(NAMESPACE, ['letters-jobs']);
    await until('no workers', async () => {
      const { items } = await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=jobs');
      return items.length === 0;
    });
  }

  test('its own worker does jobs that the pages have put there', async () => {
    await send({ to: 'Ada' });
    await send({ to: 'Grace' });
    await until('both letters', async () => (await sent()).length === 2);
    expect((await sent()).sort()).toEqual(['Ada', 'Grace']);
  });

  test('the figures tell how many wait in each queue and for how long, and how many are in hand', async () => {
    await scale(0);
    for (const to of ['Joan', 'Mary', 'Rosa']) await send({ to });
    await send({ to: 'Lise', queue: 'other' });
    await until('what waits', async () => {
      const { default: waiting, other } = await figure('queue_ready');
      return waiting === 3 && other === 1;
    });
    expect((await figure('queue_oldest_ready_seconds'))['default']).toBeGreaterThan(0);
    await scale(1);
    await send({ to: 'Emmy', seconds: '25' });
    await until('one in hand', async () => (await figure('queue_running'))['default'] === 1);
    expect((await figure('queue_ready'))['default']).toBe(0);
    expect((await figure('queue_ready'))['other']).toBe(1);
  });

  test('a job in hand is finished when its slice stops, and is done once', async () => {
    await until('the one before is sent', async () => (await sent()).includes('Emmy'));
    await send({ to: 'Hedy', seconds: '15' });
    const jobs = "SELECT COUNT(*) FROM letters.jobs WHERE queue = 'default' AND reserved_at IS NOT NULL";
    await until('it is in hand', async () => (await asked(jobs)) === '1');
    const [before] = await podsOf(NAMESPACE, 'jobs');
    await kubectl('-n', NAMESPACE, 'delete', 'pod', before, '--wait=false');
    await until('it is sent', async () => (await sent()).includes('Hedy'));
    // It was in the first slice, as no job is taken over before 90 seconds have passed.
    await ready(NAMESPACE, ['letters-jobs']);
    expect([await asked(jobs), (await sent()).filter((name) => name === 'Hedy')]).toEqual(['0', ['Hedy']]);
  });

  test('a job that fails is counted', async () => {
    expect(await figure('queue_failures_in_15m')).toEqual({ all: 0 });
    await send({ to: 'nobody' });
    await until('its failure', async () => (await figure('queue_failures_in_15m'))['all'] === 1);
  });
});
