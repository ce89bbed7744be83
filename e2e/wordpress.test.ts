import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ROOT,
  apply,
  bringUp,
  get,
  hasImage,
  kubectl,
  loadWhile,
  podsOf,
  ready,
  removeNamespaces,
  synth,
  urlOf,
  withCluster,
} from './support';
import { png } from './png';
import { WordPressClient } from './wordpress-client';

const NAMESPACE = 'blog';
const WAYS = [
  ['Apache', 'docker.io/library/wordpress:6.8-apache', 'examples/wordpress/main.ts'],
  ['PHP-FPM', 'docker.io/library/wordpress:6.8-fpm', 'e2e/sites/wordpress-fpm.ts'],
] as const;

/** `npm run standins -- wordpress wordpress-fpm` builds the images where no registry can be reached. */
for (const [server, image, main] of WAYS) {
  const there = !process.env['KUBECONFIG'] || hasImage(image);
  if (!there) process.stderr.write(`${image} is on no node: its WordPress is skipped\n`);
  const title = `WordPress with ${server}, whose image fills the document root by its entrypoint`;
  (there ? withCluster : describe.skip)(title, () => testWordPress(join(ROOT, main)));
}

function testWordPress(main: string): void {
  let url: string;
  let author: WordPressClient;

  beforeAll(async () => {
    await bringUp(main, { [NAMESPACE]: ['blog-db', 'blog-web', 'blog-lb'] });
    url = await urlOf(NAMESPACE, 'blog-lb');
    author = new WordPressClient(url);
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('its front page has the post that its installation makes', async () => {
    const html = await text(url);
    expect(html).toContain('Hello world!');
    expect(html).toContain('<title>Blog</title>');
  });

  test('its author logs in with the password of the Secret', async () => {
    const { data } = await get('-n', NAMESPACE, 'secret', 'blog-app');
    const password = Buffer.from(data.WORDPRESS_ADMIN_PASSWORD, 'base64').toString();
    expect(await author.logIn('admin', password)).toBe(302);
  });

  test('its author writes a post that a visitor reads', async () => {
    const link = await author.post({ title: 'From a slice', content: 'It is written.', status: 'publish' });
    expect(await text(link)).toContain('It is written.');
  });

  test('a picture that its author uploads is seen at every slice, and so is the small one that WordPress makes of it', async () => {
    const picture = png(600, 400);
    const { source_url: source, media_details: details } = await author.upload('picture.png', 'image/png', picture);
    const asked = Date.now();
    for (let time = 0; time < 10; time++) expect(await bytes(source)).toEqual(picture);
    const small = await bytes(details.sizes.thumbnail.source_url);
    expect(small.subarray(1, 4).toString()).toBe('PNG');
    const since = `${Math.ceil((Date.now() - asked) / 1000) + 1}s`;
    for (const pod of await podsOf(NAMESPACE, 'web'))
      expect(await kubectl('-n', NAMESPACE, 'logs', pod, '--all-containers', `--since=${since}`)).toContain(
        '/picture.png HTTP/1.1" 200',
      );
  });

  test('a slice that is killed fails requests in flight alone', async () => {
    const [pod] = await podsOf(NAMESPACE, 'web');
    let killed = '';
    const load = await loadWhile(`${url}/healthy.php`, 20, async () => {
      await sleep(2_000);
      killed = new Date().toISOString().slice(11, 23);
      await kubectl('-n', NAMESPACE, 'delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false');
      await sleep(7_000);
      await ready(NAMESPACE, ['blog-web']);
    });
    process.stdout.write(`${load.failures.length} of ${load.sent} requests failed: ${load.failures.join(', ')}\n`);
    expect(load.failures.filter((failure) => failure.slice(0, 12) > killed)).toEqual([]);
    expect(load.sent).toBeGreaterThan(100);
  });

  test('a release under load fails no page, and its author is still logged in', async () => {
    const release = synth(main, { RELEASE: '2' });
    const load = await loadWhile(url, 4, async () => {
      await apply(release);
      await ready(NAMESPACE, ['blog-web']);
    });
    expect({ failures: load.failures, enough: load.sent > 100 }).toEqual({ failures: [], enough: true });
    expect(
      await text(await author.post({ title: 'After it', content: 'And so is this.', status: 'publish' })),
    ).toContain('And so is this.');
  });
}

async function text(url: string): Promise<string> {
  return (await bytes(url)).toString();
}

async function bytes(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}
