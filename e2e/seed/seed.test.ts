import { networkInterfaces } from 'node:os';
import { Mailbox } from '../mailbox';
import { Smtp } from '../smtp';
import {
  addressOf,
  apply,
  get,
  hasImage,
  kubectl,
  ready,
  removeNamespaces,
  synth,
  until,
  withCluster,
} from '../support';

const SITE = 'seed';
const MAIL = 'seed-mail';
const IMAGES = ['perlbal:1.80', 'theschwartz:1.12', 'postfix:3.10', 'mogilefs:2.73', 'journal:1'];
const missing = IMAGES.map((image) => `ghcr.io/cdk8s-slices/${image}`).filter((image) => !hasImage(image));
if (missing.length > 0) process.stderr.write(`the seed's site is skipped: ${missing.join(', ')} are not built here\n`);
const withImages = missing.length > 0 ? describe.skip : withCluster;

let mailbox: Mailbox;
let url: string;

/** Asks the site, and fails where it does not answer with success. */
async function ask(path: string, form?: Record<string, string> | Uint8Array<ArrayBuffer>): Promise<Response> {
  const body = form === undefined || form instanceof Uint8Array ? form : new URLSearchParams(form);
  const response = await fetch(url + path, {
    ...(body === undefined ? {} : { method: 'POST', body }),
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

async function post(path: string, form: Record<string, string>): Promise<string> {
  return (await (await ask(path, form)).text()).trim();
}

const text = async (path: string): Promise<string> => (await ask(path)).text();

function inPod(pod: string, container: string, ...command: string[]): Promise<string> {
  return kubectl('-n', SITE, 'exec', pod, '-c', container, '--', ...command);
}

/** One value of the site's database, asked by a worker as a worker does. */
async function value(query: string): Promise<string> {
  const code = `print Journal::db(sub { ($_[0]->selectrow_array("${query}"))[0] }) // ''`;
  return inPod('seed-jobs-1', 'events-1', 'perl', '-MJournal', '-e', code);
}

/** Kills a pod as a lost power would: without a word. */
async function kill(pod: string): Promise<void> {
  await kubectl('-n', SITE, 'delete', 'pod', pod, '--grace-period=0', '--force');
}

withImages("the seed's thirteen slices, at the RAM that they had", () => {
  beforeAll(async () => {
    await removeNamespaces(SITE, MAIL, 'seed-mailbox');
    mailbox = await Mailbox.start('seed-mailbox');
    await apply(
      synth('e2e/sites/seed.ts', { MAILBOX: `${mailbox.address}:2525`, MAILBOX_NETWORK: `${mailbox.address}/32` }),
    );
    const sets = ['db', 'memc', 'mog', 'jobs', 'web', 'lb', 'admin'].map((role) => `seed-${role}`);
    await ready(SITE, sets, 480);
    await ready(MAIL, ['seed-mail'], 120);
    await inPod('seed-jobs-1', 'events-1', 'journal-schema');
    url = `http://${await addressOf(SITE, 'seed-lb-active')}`;
    await until('the first page', () => ask('/'), 120);
  }, 900_000);

  afterAll(async () => {
    await mailbox.remove();
    await removeNamespaces(SITE, MAIL);
  });

  test('we have a total of 13 servers', async () => {
    const pods = [...(await get('-n', SITE, 'pods')).items, ...(await get('-n', MAIL, 'pods')).items];
    const slices = pods.filter((pod: { status: { phase: string } }) => pod.status.phase === 'Running');
    expect(slices).toHaveLength(13);
  });

  test("the site's IP is hosted on one of these", async () => {
    const { items } = await get('-n', SITE, 'endpointslices', '-l', 'kubernetes.io/service-name=seed-lb-active');
    const ends = items.flatMap((item: { endpoints?: object[] }) => item.endpoints ?? []);
    expect(ends).toHaveLength(1);
    expect(await text('/')).toContain('<title>Journal</title>');
  });

  test('all of the web requests are served by these two slices, and a page is read through memcached', async () => {
    const id = await post('/entry', { user: 'mark', subject: 'current architecture', body: 'thirteen servers' });
    await ask(`/entry/${id}`);
    const again = await ask(`/entry/${id}`);
    expect(again.headers.get('x-cache')).toBe('hit');
    expect(await again.text()).toContain('thirteen servers');
  });

  test("dynamic requests reach Apache with the client's own address", async () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    expect(own).toContain((await text('/address')).trim());
  });

  test('it handles notifications and sends email: a comment ends in a mailbox', async () => {
    await post('/subscription', { user: 'mark', email: 'mark@mailbox.example' });
    const id = await post('/entry', { user: 'mark', subject: 'a subject', body: 'a body' });
    await post(`/entry/${id}/comment`, { author: 'denise', body: 'a comment of its own' });
    await until('the email', async () => (await mailbox.read()).includes('a comment of its own'), 60);
  });

  test('a worker that dies in the middle of its job loses none: it is run again', async () => {
    const id = await post('/entry', { user: 'mark', subject: 'a second', body: 'a body' });
    await post(`/entry/${id}/comment`, { author: 'denise', body: 'killed on its way' });
    const started = "FROM job_run WHERE worker LIKE '%Email' AND finished = FALSE";
    await until('a start of its job', async () => Number(await value(`SELECT COUNT(*) ${started}`)) > 0, 60);
    const job = await value(`SELECT MAX(job) ${started}`);
    await kill('seed-jobs-1');
    await until('the email', async () => (await mailbox.read()).includes('killed on its way'), 180);
    await until(
      'the account',
      async () => (await value(`SELECT SUM(finished) FROM job_run WHERE job = ${job}`)) === '1',
    );
    expect(await value(`SELECT COUNT(*) FROM job_run WHERE job = ${job}`)).toBe('2');
  });

  test('all of the imports are handled by this machine too', async () => {
    await post('/import', { user: 'mark', name: 'other', lines: 'imported one\nimported two' });
    await until('the import', async () => /imported one[^]*|imported two/.test(await text('/')), 60);
    expect(await value("SELECT COUNT(*) FROM entry WHERE source = 'import'")).toBe('2');
  });

  test('this box just handles incoming mail: a message becomes an entry, other domains are refused', async () => {
    const smtp = await Smtp.open(await addressOf(MAIL, 'seed-mail-smtp'));
    await smtp.say('HELO client.example');
    expect(await smtp.send('posted by mail', 'mark@example.org')).toMatch(/^250/);
    expect(await smtp.send('a relay', 'mark@elsewhere.example')).toMatch(/^5/);
    smtp.close();
    const posted = "SELECT COUNT(*) FROM entry WHERE source = 'mail' AND subject = 'posted by mail'";
    await until('the entry', async () => (await value(posted)) === '1', 60);
  });

  test("a separate box for security reasons: it reaches the queue's database, and nothing else", async () => {
    const targets = ['db:3306', 'memc:11211', 'web:8080', 'mog:7001'].map((target) => {
      const [role, port] = target.split(':');
      return `seed-${role}01.${SITE}.svc.cluster.local:${port}`;
    });
    targets[0] = `seed-db.${SITE}.svc.cluster.local:3306`;
    const outside = [`${mailbox.address}:2525`, '172.30.0.1:6443', '192.0.2.1:25'];
    const code = 'for (@ARGV) { my $s = IO::Socket::INET->new(PeerAddr => $_, Timeout => 2); print $s ? 1 : 0 }';
    const all = [...targets, ...outside];
    const program = ['perl', '-MIO::Socket::INET', '-e', code, ...all];
    const open = await kubectl('-n', MAIL, 'exec', 'seed-mail-1', '--', ...program);
    expect(open).toBe('1000000');
  });

  test('a userpic is on both storage slices, and is still served with either of them dead', async () => {
    const picture = new Uint8Array(20_000).map((_, index) => (index * 7) % 256);
    await until('the files', () => ask('/userpic/mark', picture), 120);
    const info = 'print scalar(Journal::files()->get_paths("userpic:mark", { noverify => 1 }))';
    await until(
      'its second copy',
      async () => (await inPod('seed-jobs-1', 'events-1', 'perl', '-MJournal', '-e', info)) === '2',
      60,
    );
    const served = async () => Buffer.from(await (await ask('/userpic/mark')).arrayBuffer());
    expect((await served()).equals(Buffer.from(picture))).toBe(true);
    for (const pod of ['seed-mog-1', 'seed-mog-2']) {
      await kill(pod);
      expect((await served()).equals(Buffer.from(picture))).toBe(true);
      await ready(SITE, ['seed-mog'], 180);
    }
  });

  test('a dead memcached costs misses, not errors', async () => {
    await kill('seed-memc-2');
    for (let asked = 0; asked < 30; asked++) await ask('/');
    await ready(SITE, ['seed-memc'], 120);
  });

  test('static files are served by these machines, with no web slice at all', async () => {
    await kubectl('-n', SITE, 'scale', 'statefulset', 'seed-web', '--replicas=0');
    try {
      expect(await text('/stc/journal.css')).toContain('serif');
    } finally {
      await kubectl('-n', SITE, 'scale', 'statefulset', 'seed-web', '--replicas=2');
    }
    await ready(SITE, ['seed-web'], 180);
  });

  test('no slice was killed for memory', async () => {
    const pods = [...(await get('-n', SITE, 'pods')).items, ...(await get('-n', MAIL, 'pods')).items];
    const killed = pods.flatMap((pod: { status: { containerStatuses?: Status[] } }) =>
      (pod.status.containerStatuses ?? []).filter(({ lastState }) => lastState?.terminated?.reason === 'OOMKilled'),
    );
    expect(killed).toEqual([]);
  });
});

interface Status {
  readonly name: string;
  readonly lastState?: { readonly terminated?: { readonly reason: string } };
}
