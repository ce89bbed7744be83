import { join } from 'node:path';
import { ROOT, bringUp, get, kubectl, podsOf, removeNamespaces, until, withCluster } from './support';

const NAMESPACE = 'e2e-workers';
interface Named {
  readonly metadata: { readonly name: string };
}

const MAIN = join(ROOT, 'e2e', 'sites', 'workers.ts');

withCluster('workers as they are', () => {
  beforeAll(() =>
    bringUp(MAIN, { [NAMESPACE]: ['e2e-workers-jobs', 'e2e-workers-kinds-quick', 'e2e-workers-kinds-long'] }),
  );

  afterAll(() => removeNamespaces(NAMESPACE));

  const podOf = async () => (await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=jobs')).items[0];

  test('a worker that ends by design goes on at once, and Kubernetes counts no crash', async () => {
    const { metadata } = await podOf();
    await until('ten runs', async () => {
      const log = await kubectl('-n', NAMESPACE, 'logs', metadata.name, '-c', 'brief-1');
      return log.split('\n').length > 10;
    });
    const { status } = await podOf();
    const restarts = status.containerStatuses.map((each: { restartCount: number }) => each.restartCount);
    expect(restarts).toEqual([0, 0, 0]);
  });

  test('a slice stops as soon as its workers do: at once, or at the end of their own grace', async () => {
    const { metadata } = await podOf();
    const start = performance.now();
    // The longest grace of its kinds is ten minutes.
    await kubectl('-n', NAMESPACE, 'delete', 'pod', metadata.name, '--wait=true', '--timeout=60s');
    const seconds = (performance.now() - start) / 1000;
    process.stdout.write(`the slice stopped within ${seconds.toFixed(1)} s\n`);
    expect(seconds).toBeLessThan(60);
  });

  test('kinds apart are pods of their own, and the long stop of one holds no other', async () => {
    expect(
      (await get('-n', NAMESPACE, 'deployments')).items.map(({ metadata }: Named) => metadata.name).sort(),
    ).toEqual(['e2e-workers-jobs', 'e2e-workers-kinds-long', 'e2e-workers-kinds-quick']);
    const stopOf = async (pod: string) => {
      const start = performance.now();
      await kubectl('-n', NAMESPACE, 'delete', 'pod', pod, '--wait=true', '--timeout=60s');
      return (performance.now() - start) / 1000;
    };
    const [quick, other] = await podsOf(NAMESPACE, 'kinds-quick');
    expect(other).toBeDefined();
    const [long] = await podsOf(NAMESPACE, 'kinds-long');
    const [short, full] = await Promise.all([stopOf(quick), stopOf(long)]);
    process.stdout.write(
      `a quick kind stopped within ${short!.toFixed(1)} s, a long one within ${full!.toFixed(1)} s\n`,
    );
    expect(short).toBeLessThan(10);
    expect(full).toBeGreaterThan(18);
  });

  test('a role whose work is all run by the clock has no pod until then', async () => {
    const pods = async () => (await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=clock-digest')).items;
    const slices = await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=clock');
    expect([...slices.items, ...(await pods())]).toEqual([]);
    await kubectl('-n', NAMESPACE, 'create', 'job', 'now', '--from=cronjob/e2e-workers-clock-digest');
    await kubectl('-n', NAMESPACE, 'wait', '--for=condition=Complete', 'job/now', '--timeout=120s');
    expect(await kubectl('-n', NAMESPACE, 'logs', 'job/now')).toBe('made\n');
  });
});
