import type { IncomingMessage } from 'node:http';
import { get as get443 } from 'node:https';
import { join } from 'node:path';
import { clientAddress } from '../own-address';
import {
  ROOT,
  apply,
  bringUp,
  get,
  kubectl,
  loadWhile,
  ready,
  removeNamespaces,
  synth,
  until,
  untilReleased,
  urlOf,
  withCluster,
} from '../support';

const NAMESPACE = 'e2e-web';
const MAIN = join(ROOT, 'e2e', 'sites', 'web.ts');

withCluster.each(['nginx', 'perlbal', 'haproxy'])('%s before Apache', (engine) => {
  let url: string;

  beforeAll(async () => {
    await bringUp(MAIN, { [NAMESPACE]: ['e2e-web-web', 'e2e-web-lb'] }, { env: { ENGINE: engine, RELEASE: '1' } });
    url = await urlOf(NAMESPACE, 'e2e-web-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('the page comes from the web tier', async () => {
    expect(await (await fetch(url)).text()).toBe('release 1\n');
  });

  // HAProxy serves none.
  const testStatic = engine === 'haproxy' ? () => undefined : test;
  testStatic('a static file comes from the balancer, with no web slice there at all', async () => {
    await kubectl('-n', NAMESPACE, 'scale', 'deployment/e2e-web-web', '--replicas=0');
    await until(
      'no web slice',
      async () => (await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=web')).items.length === 0,
    );
    expect(await (await fetch(`${url}/robots.txt`)).text()).toBe('User-agent: *\n');
    expect((await fetch(`${url}/icons/apache_pb.png`)).headers.get('content-type')).toBe('image/png');
    await kubectl('-n', NAMESPACE, 'scale', 'deployment/e2e-web-web', '--replicas=2');
    await ready(NAMESPACE, ['e2e-web-web']);
    await until('an answer', async () => (await fetch(url)).ok);
  });

  test("the client's own address reaches the web tier, whatever it says of itself", async () => {
    const { said, own } = await clientAddress(`${url}/cgi-bin/address`);
    expect(said).toBe(own);
  });

  test('a release of the web tier under 100 requests a second fails none', async () => {
    // Before the load: this program asks nothing while it waits for synthesis, and then for all of that time at once.
    const release = synth(MAIN, { ENGINE: engine, RELEASE: '2' });
    const load = await loadWhile(url, 100, async () => {
      await kubectl('apply', '-f', release);
      await ready(NAMESPACE, ['e2e-web-web']);
    });
    expect({ failures: load.failures.slice(0, 10), enough: load.sent > 1000 }).toEqual({ failures: [], enough: true });
    await untilReleased(url, /^release 2\n$/);
  });

  test('with TLS, who asks without it is sent to it', async () => {
    await apply(synth(MAIN, { ENGINE: engine, RELEASE: '2', TLS: '1' }));
    await ready(NAMESPACE, ['e2e-web-lb']);
    const answer = await until('the way to HTTPS', async () => {
      const found = await fetch(`${url}/index.html?a=b`, { redirect: 'manual' });
      return found.status === 308 && found;
    });
    expect(answer.headers.get('location')).toBe(`${url.replace('http', 'https')}/index.html?a=b`);
    const text = await until('an answer over TLS', () => textOverTls(answer.headers.get('location')!));
    expect(text).toBe('release 2\n');
  });
});

/** The certificate signs itself. */
async function textOverTls(url: string): Promise<string> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    get443(url, { rejectUnauthorized: false }, resolve).on('error', reject),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
