import { setTimeout as sleep } from 'node:timers/promises';
import { apply, bringUp, get, kubectl, removeNamespaces, synth, until, withCluster } from './support';

const NAMESPACE = 'cache-e2e';
const SERVERS = ['01', '02', '03'].map((each) => `cache-e2e-memc${each}.${NAMESPACE}.svc.cluster.local:11211`);

function client(...args: string[]): Promise<string> {
  return kubectl('-n', NAMESPACE, 'exec', 'cache-e2e-client-1', '--', 'perl', ...args);
}

/** Hits, misses and errors of so many keys, once or over and over for some seconds. */
async function ask(what: string, servers: number, keys: number, seconds = 0): Promise<number[]> {
  const list = SERVERS.slice(0, servers).join(',');
  return (await client('/site/client.pl', what, list, String(keys), String(seconds))).split(' ').map(Number);
}

async function pod(
  number: number,
): Promise<{ metadata: { uid: string }; status: { containerStatuses: { restartCount: number }[] } }> {
  return get('-n', NAMESPACE, 'pod', `cache-e2e-memc-${number}`);
}

/** A server counts as available when it has been ready for minutes; here it is enough that it is ready. */
async function serversReady(count: number): Promise<void> {
  await until(
    `${count} servers`,
    async () => (await get('-n', NAMESPACE, 'statefulset', 'cache-e2e-memc')).status.readyReplicas === count,
  );
}

withCluster('cache pool', () => {
  beforeAll(async () => {
    await bringUp('e2e/sites/cache.ts', { [NAMESPACE]: ['cache-e2e-client', 'cache-e2e-memc'] });
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('a pool grows from two to three by one number, and no request to the two fails meanwhile', async () => {
    // A client that connects before the policies have heard of its pod holds a server for dead for half a minute.
    await until('both servers', async () => (await ask('set', 2, 3000))[0] === 3000, 60);
    const before = await Promise.all([1, 2].map(pod));
    const load = ask('get', 2, 3000, 30);
    // It is given 0.25 s to connect, which this machine needs for itself while it synthesizes.
    await sleep(3000);
    await apply(synth('e2e/sites/cache.ts', { SLICES: '3' }));
    await serversReady(3);
    const [hits, misses, errors] = await load;
    expect(hits).toBeGreaterThan(3000);
    expect([misses, errors]).toEqual([0, 0]);
    const after = await Promise.all([1, 2].map(pod));
    expect(after.map((each) => each.metadata.uid)).toEqual(before.map((each) => each.metadata.uid));
  });

  test('clients that hash by modulo then find a third of their keys, and fail at none', async () => {
    const [hits, , errors] = await ask('get', 3, 3000);
    expect(errors).toBe(0);
    expect(hits).toBeGreaterThan(3000 * 0.25);
    expect(hits).toBeLessThan(3000 * 0.42);
  });

  test('while a server is down, its name resolves, and it costs misses but no errors', async () => {
    await ask('set', 3, 3000);
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset', 'cache-e2e-memc', '--replicas=2');
    await until('the end of a server', async () =>
      (await kubectl('-n', NAMESPACE, 'get', 'pods', '-o', 'name')).includes('memc-3') ? false : true,
    );
    const [hits, misses, errors] = await ask('get', 3, 3000);
    expect(errors).toBe(0);
    expect(hits).toBeGreaterThan(3000 * 0.58);
    expect(misses).toBeGreaterThan(0);
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset', 'cache-e2e-memc', '--replicas=3');
    await serversReady(3);
  });

  test('a roll-out replaces one server, and leaves the next alone while that one fills', async () => {
    const before = await Promise.all([1, 2, 3].map(pod));
    await apply(synth('e2e/sites/cache.ts', { SLICES: '3', LARGEST: '512' }));
    await until('one new server', async () => (await pod(3)).metadata.uid !== before[2]?.metadata.uid);
    await serversReady(3);
    await sleep(45_000);
    const after = await Promise.all([1, 2].map(pod));
    expect(after.map((each) => each.metadata.uid)).toEqual(before.slice(0, 2).map((each) => each.metadata.uid));
  });

  test('a server of 128 MiB that is full of its smallest items, with every connection busy, still answers', async () => {
    expect(await client('/site/fill.pl', SERVERS[0]?.split(':')[0] as string, '1015')).toMatch(/^1015 VALUE /);
    expect((await pod(1)).status.containerStatuses[0]?.restartCount).toBe(0);
  });
});
