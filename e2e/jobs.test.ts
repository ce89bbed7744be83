import { podsOf, bringUp, get, kubectl, otherNode, ready, removeNamespaces, until, withCluster } from './support';

const NAMESPACE = 'jobs-e2e';
const WORKERS = 'deployment/jobs-e2e-jobs';
const pod = async () => (await podsOf(NAMESPACE, 'jobs'))[0];

/** Runs Perl with the queue's module in a worker's container. */
function perl(code: string, container = 'slow-1'): Promise<string> {
  return kubectl('-n', NAMESPACE, 'exec', WORKERS, '-c', container, '--', 'perl', '-MJobQueue', '-e', code);
}

function insert(kind: string, name: string, arg: string): Promise<string> {
  return perl(`JobQueue::client()->insert('Site::${kind}', { name => '${name}', ${arg} }) or die 'not inserted'`);
}

/** What the workers wrote down of a job: `start`, `end`, in order. */
async function events(job: string): Promise<string[]> {
  const query = `SELECT event FROM ran WHERE job = '${job}' ORDER BY id`;
  return (await perl(`print "$_\\n" for @{ JobQueue::dbh()->selectcol_arrayref("${query}") }`)).trim().split('\n');
}

async function ended(job: string, seconds: number): Promise<string[]> {
  return until(
    `the end of ${job}`,
    async () => {
      const list = await events(job);
      return list.includes('end') && list;
    },
    seconds,
  );
}

async function restarts(): Promise<Record<string, number>> {
  const { status } = await get('-n', NAMESPACE, 'pod', await pod());
  return Object.fromEntries(
    status.containerStatuses.map((each: { name: string; restartCount: number }) => [each.name, each.restartCount]),
  );
}

withCluster('job workers', () => {
  beforeAll(async () => {
    await bringUp('e2e/sites/jobs.ts', { [NAMESPACE]: ['jobs-e2e-db', 'jobs-e2e-jobs'] });
    await until('the queue', () => perl("JobQueue::dbh()->do('SELECT 1 FROM job')"), 120);
    await perl(
      "JobQueue::dbh()->do('CREATE TABLE IF NOT EXISTS ran (id INT AUTO_INCREMENT PRIMARY KEY, job VARCHAR(99), event VARCHAR(9), pod VARCHAR(99))')",
    );
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('a job that is put into the queue is run once', async () => {
    await insert('Slow', 'plain', 'sleep => 0');
    expect(await ended('plain', 30)).toEqual(['start', 'end']);
  });

  test('a worker that is killed in mid-job is started again alone, and its job is run again', async () => {
    const before = await restarts();
    await insert('Hungry', 'eaten', 'eat => 1');
    expect(await ended('eaten', 120)).toEqual(['start', 'start', 'end']);
    const after = await restarts();
    expect(after).toEqual({ ...before, 'hungry-1': (before['hungry-1'] ?? 0) + 1 });
    const { status } = await get('-n', NAMESPACE, 'pod', await pod());
    const hungry = status.containerStatuses.find((each: { name: string }) => each.name === 'hungry-1');
    expect(hungry.lastState.terminated.reason).toBe('OOMKilled');
  });

  test('a slice that is stopped finishes the jobs in hand, and none is run twice', async () => {
    const names = ['a', 'b', 'c', 'd'].map((each) => `stopped-${each}`);
    for (const name of names) await insert('Slow', name, 'sleep => 6');
    await until('jobs in hand', async () => (await events('stopped-a')).includes('start'), 20);
    await kubectl('-n', NAMESPACE, 'delete', 'pod', await pod(), '--wait=true');
    await ready(NAMESPACE, ['jobs-e2e-jobs']);
    for (const name of names) expect([name, await ended(name, 60)]).toEqual([name, ['start', 'end']]);
  });

  test('a kind with a schedule runs its program with the queue within reach', async () => {
    await kubectl('-n', NAMESPACE, 'create', 'job', '--from=cronjob/jobs-e2e-jobs-depth', 'now');
    await kubectl('-n', NAMESPACE, 'wait', '--for=condition=complete', 'job/now', '--timeout=60s');
    expect(await kubectl('-n', NAMESPACE, 'logs', 'job/now')).toContain(
      'theschwartz_jobs{function="Site::Slow",state="ready"} 0',
    );
  });

  test('a kind that scales by CPU grows while it has work', async () => {
    const set = () => get('-n', NAMESPACE, 'deployment', 'jobs-e2e-jobs-busy');
    expect((await set()).spec.replicas).toBe(1);
    for (let job = 0; job < 3; job++) await insert('Busy', `busy-${job}`, 'burn => 150');
    await until('three workers', async () => (await set()).spec.replicas === 3, 180);
  });

  test('a worker can connect to the queue and the DNS, and to nothing else', async () => {
    const connect = (host: string, port: number) =>
      perl(
        `use IO::Socket::INET; print IO::Socket::INET->new(PeerAddr => '${host}', PeerPort => ${port}, Timeout => 3) ? 'open' : 'closed'`,
      );
    const node = await otherNode(NAMESPACE, await pod());
    expect(await connect(`jobs-e2e-db01.${NAMESPACE}.svc.cluster.local`, 3306)).toBe('open');
    expect(await connect('kubernetes.default.svc.cluster.local', 443)).toBe('closed');
    expect(await connect(node, 10250)).toBe('closed');
  });
});
