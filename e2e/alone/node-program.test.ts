import { join } from 'node:path';
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
  untilReleased,
  urlOf,
  withCluster,
} from '../support';

const NAMESPACE = 'counter';
const MAIN = join(ROOT, 'examples', 'node-program', 'main.ts');

withCluster('a program of Node behind the balancers', () => {
  let url: string;

  beforeAll(async () => {
    await bringUp(MAIN, { [NAMESPACE]: ['counter-memc', 'counter-web', 'counter-lb'] });
    url = await urlOf(NAMESPACE, 'counter-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('it counts its visitors in the cache that it uses', async () => {
    const visitor = async () => Number(/^release 1, visitor (\d+)\n$/.exec(await (await fetch(url)).text())?.[1]);
    const first = await visitor();
    expect(await visitor()).toBe(first + 1);
  });

  test('Node was told of the slice’s RAM', async () => {
    const [pod] = (await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=web')).items;
    const heap = "console.log(Math.round(require('v8').getHeapStatistics().heap_size_limit / 1048576))";
    const said = await kubectl('-n', NAMESPACE, 'exec', pod.metadata.name, '--', 'node', '-e', heap);
    // The limit has the young objects in it, too: 64 MiB of old ones, and three semi-spaces of 16 MiB at most.
    expect(Number(said)).toBeGreaterThanOrEqual(64);
    expect(Number(said)).toBeLessThanOrEqual(64 + 48);
  });

  test('a release under 100 requests a second fails none, nor does a page that takes ten seconds', async () => {
    const slow: Promise<Response>[] = [];
    const release = synth(MAIN, { RELEASE: '2' });
    const load = await loadWhile(url, 100, async () => {
      slow.push(fetch(`${url}/slow`), fetch(`${url}/slow`));
      await apply(release);
      await ready(NAMESPACE, ['counter-web']);
    });
    expect({ failures: load.failures.slice(0, 10), enough: load.sent > 1000 }).toEqual({ failures: [], enough: true });
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    await untilReleased(url, /^release 2, /);
  });
});
