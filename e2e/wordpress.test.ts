import { join } from 'node:path';
import { ROOT, bringUp, get, hasImage, removeNamespaces, until, urlOf, withCluster } from './support';

const NAMESPACE = 'blog';
const IMAGE = 'docker.io/library/wordpress:6.8-apache';

/** `npm run standins -- wordpress` builds the image where no registry can be reached. */
const withWordPress = process.env['KUBECONFIG'] && !hasImage(IMAGE) ? describe.skip : withCluster;
if (withWordPress === describe.skip) process.stderr.write(`${IMAGE} is on no node: WordPress is skipped\n`);

withWordPress('WordPress, whose image fills the document root by its entrypoint', () => {
  let url: string;

  beforeAll(async () => {
    const sets = ['blog-db', 'blog-web', 'blog-lb'];
    await bringUp(join(ROOT, 'examples', 'wordpress', 'main.ts'), { [NAMESPACE]: sets });
    url = await urlOf(NAMESPACE, 'blog-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('its front page has the post that its installation makes', async () => {
    const html = await until('a post', async () => {
      const text = await (await fetch(url)).text();
      return text.includes('Hello world!') && text;
    });
    expect(html).toContain('<title>Blog</title>');
  });

  test('its author logs in with the password of the Secret, and writes a post that a visitor reads', async () => {
    const { data } = await get('-n', NAMESPACE, 'secret', 'blog-app');
    const password = Buffer.from(data.WORDPRESS_ADMIN_PASSWORD, 'base64').toString();
    const body = new URLSearchParams({ log: 'admin', pwd: password, testcookie: '1' });
    const headers = { cookie: 'wordpress_test_cookie=WP+Cookie+check' };
    const login = await fetch(`${url}/wp-login.php`, { method: 'POST', body, headers, redirect: 'manual' });
    expect(login.status).toBe(302);
    const cookie = login.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const nonce = await (
      await fetch(`${url}/wp-admin/admin-ajax.php?action=rest-nonce`, { headers: { cookie } })
    ).text();
    const post = await fetch(`${url}/?rest_route=/wp/v2/posts`, {
      method: 'POST',
      headers: { cookie, 'x-wp-nonce': nonce, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'From a slice', content: 'It is written.', status: 'publish' }),
    });
    expect(post.status).toBe(201);
    const { link } = (await post.json()) as { link: string };
    expect(await (await fetch(link)).text()).toContain('It is written.');
  });
});
