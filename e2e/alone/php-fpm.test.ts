import { join } from 'node:path';
import {
  ROOT,
  apply,
  bringUp,
  get,
  hasImage,
  kubectl,
  loadWhile,
  ready,
  removeNamespaces,
  synth,
  until,
  urlOf,
  withCluster,
} from '../support';

const NAMESPACE = 'e2e-php';
const IMAGE = 'docker.io/library/wordpress:6.8-fpm';
const MAIN = join(ROOT, 'e2e', 'sites', 'php-fpm.ts');

/** `npm run standins -- wordpress wordpress-fpm` builds the image where no registry can be reached. */
const there = !process.env['KUBECONFIG'] || hasImage(IMAGE);
if (!there) process.stderr.write(`${IMAGE} is on no node: PHP-FPM without its entrypoint is skipped\n`);

(there ? withCluster : describe.skip)('PHP-FPM and nginx in a slice', () => {
  let url: string;

  beforeAll(async () => {
    await bringUp(MAIN, { [NAMESPACE]: ['e2e-php-web', 'e2e-php-lb'] });
    url = await urlOf(NAMESPACE, 'e2e-php-lb', '/healthy.php');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  const page = async (path: string) => (await fetch(url + path)).text();

  test('a file of the image has one time on all slices, and PHP is not asked for it', async () => {
    const tags = new Set<string | null>();
    for (let time = 0; time < 10; time++) {
      const answer = await fetch(`${url}/wp-includes/css/dashicons.min.css`);
      expect(answer.status).toBe(200);
      tags.add(answer.headers.get('etag'));
    }
    expect(tags.size).toBe(1);
    expect([...tags][0]).not.toBeNull();
  });

  test("files of the tier are served, and its programs run with the tier's environment and a session", async () => {
    expect(await page('/robots.txt')).toBe('User-agent: *\n');
    expect(await page('/release.php')).toBe('1');
    expect(await page('/session.php')).toBe('1');
  });

  test('a release under load fails none, nor what takes ten seconds, nor work after an answer', async () => {
    const late: Promise<Response>[] = [];
    const release = synth(MAIN, { RELEASE: '2' });
    const following = (await slices()).map((pod) => kubectl('-n', NAMESPACE, 'logs', '-f', pod, '-c', 'php-fpm'));
    const load = await loadWhile(`${url}/release.php`, 30, async () => {
      await apply(release);
      // The first slice that stops takes requests for 15 seconds more.
      await until('a slice that stops', async () => (await stopping()).length > 0);
      for (let time = 0; time < 4; time++) late.push(fetch(`${url}/late.php`));
      await ready(NAMESPACE, ['e2e-php-web']);
    });
    expect({ failures: load.failures.slice(0, 10), enough: load.sent > 500 }).toEqual({ failures: [], enough: true });
    expect(await Promise.all((await Promise.all(late)).map((each) => each.text()))).toEqual(late.map(() => 'late'));
    await until('the new release alone', async () => (await stopping()).length === 0);
    const logs = [...(await Promise.all(following)), ...(await Promise.all((await slices()).map(logOf)))].join('');
    expect(logs.match(/after the answer/g)).toHaveLength(4);
  });

  const logOf = (pod: string) => kubectl('-n', NAMESPACE, 'logs', pod, '-c', 'php-fpm');

  async function slices(): Promise<string[]> {
    return (await pods()).map(({ metadata }) => metadata.name);
  }

  async function stopping(): Promise<Pod[]> {
    return (await pods()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  }

  async function pods(): Promise<Pod[]> {
    return (await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=web')).items;
  }
});

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
}
