import { join } from 'node:path';
import {
  ROOT,
  apply,
  bringUp,
  hasImage,
  kubectl,
  loadWhile,
  podsOf,
  ready,
  removeNamespaces,
  synth,
  until,
  untilReleased,
  urlOf,
  withCluster,
} from '../support';

const NAMESPACE = 'notes';
const IMAGE = 'ghcr.io/cdk8s-slices/notes:1';
const MAIN = join(ROOT, 'examples', 'python-site', 'main.ts');

const there = !process.env['KUBECONFIG'] || hasImage(IMAGE);
if (!there) process.stderr.write(`${IMAGE} is on no node: the site in Python is skipped\n`);

(there ? withCluster : describe.skip)('a site in Python, by Gunicorn, with a worker', () => {
  let url: string;

  beforeAll(async () => {
    await bringUp(MAIN, { [NAMESPACE]: ['notes-db', 'notes-jobs', 'notes-web', 'notes-lb'] });
    url = await urlOf(NAMESPACE, 'notes-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  const page = async () => (await fetch(url)).text();

  test('a visitor leaves a note, and a worker counts its words', async () => {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ text: 'Three words here' }) });
    expect(answer.status).toBe(201);
    await until('the words', async () => (await page()).includes('Three words here (3 words)'), 20);
  });

  test('Gunicorn has as many processes as the RAM allows', async () => {
    const [pod] = await podsOf(NAMESPACE, 'web');
    const log = await kubectl('-n', NAMESPACE, 'logs', pod);
    expect(log.match(/Booting worker with pid/g)).toHaveLength(2);
  });

  test('a release under 50 requests a second fails none, nor does a page that takes ten seconds', async () => {
    const slow: Promise<Response>[] = [];
    const release = synth(MAIN, { RELEASE: '2' });
    const load = await loadWhile(`${url}/healthy`, 50, async () => {
      slow.push(fetch(`${url}/slow`), fetch(`${url}/slow`));
      await apply(release);
      await ready(NAMESPACE, ['notes-web']);
    });
    expect({ failures: load.failures.slice(0, 10), enough: load.sent > 1000 }).toEqual({ failures: [], enough: true });
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    await untilReleased(url, /^release 2\n/);
  });
});
