import { join } from 'node:path';
import { Prometheus } from './prometheus';
import { ROOT, bringUp, hasImage, kubectl, removeNamespaces, until, withCluster } from './support';

const NAMESPACE = 'e2e-admin';
const BLOBS = hasImage('ghcr.io/cdk8s-slices/mogilefs:2.73');
if (!BLOBS) process.stderr.write('there is no image of MogileFS: its figures are not tested\n');

const WORKER = ['-n', NAMESPACE, 'exec', 'deployment/e2e-admin-jobs', '--', 'perl', '-MJobQueue', '-e'];
const INSERT = "JobQueue::client()->insert(TheSchwartz::Job->new(funcname => 'Nobody', arg => {}, run_after";

withCluster('Admin', () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    const roles = ['db', 'memc', 'jobs', 'web', 'lb', 'admin', ...(BLOBS ? ['mog'] : [])];
    const names = roles.map((role) => `e2e-admin-${role}`);
    await bringUp(join(ROOT, 'e2e', 'sites', 'admin.ts'), { [NAMESPACE]: names }, { env: BLOBS ? { BLOBS: '1' } : {} });
    prometheus = await Prometheus.in(NAMESPACE, 'e2e-admin-admin-1');
  });

  afterAll(async () => {
    prometheus?.end();
    await removeNamespaces(NAMESPACE);
  });

  const bySlice = (query: string) => prometheus.values(query, 'slice');

  test('every slice is seen up, with its RAM, by what the kubelets say', async () => {
    const slices = ['memc01', 'memc02', 'admin01'].map((slice) => `e2e-admin-${slice}`);
    const used = await until('three slices up, and the RAM that they use', async () => {
      const up = await bySlice('slice:up');
      // Of a container that has just started a kubelet says for some seconds that it uses nothing.
      const ratios = await bySlice('slice:ram_used:ratio > 0');
      return slices.every((slice) => up[slice] === 1 && ratios[slice] !== undefined) && ratios;
    });
    for (const slice of slices) expect(used[slice]).toBeLessThan(0.5);
  });

  test('the page shows each slice', async () => {
    const page = await prometheus.page('/consoles/slices.html');
    expect(page).toMatch(/<td>e2e-admin-memc02<\/td><td>128 MiB<\/td><td>1 <\/td><td>[\d.]+% <\/td>/);
  });

  test('every rule is sound', async () => {
    const { groups } = await prometheus.api('rules');
    const rules = groups.flatMap((group: { rules: { name: string; health: string }[] }) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    expect(rules.filter((each: { health: string }) => each.health === 'err')).toEqual([]);
  });

  test('what has no exporter of its own is asked', async () => {
    await until('figures of each', async () => {
      const { activeTargets } = await prometheus.api('targets?state=active');
      const sick = activeTargets.filter((each: { health: string }) => each.health !== 'up');
      if (sick.length > 0) throw new Error(JSON.stringify(sick[0], ['labels', 'instance', 'lastError']));
      return activeTargets.length > 0;
    });
    expect(await bySlice('memcached_limit_bytes')).toMatchObject({
      'e2e-admin-memc01': expect.any(Number),
      'e2e-admin-memc02': expect.any(Number),
    });
    const figures = ['theschwartz_ready', ...(BLOBS ? ['mogilefs_files_to_replicate'] : [])];
    await kubectl(...WORKER, `${INSERT} => time - 3600)) or die 'not inserted'`);
    for (const name of figures) {
      await until(name, async () => (await prometheus.query(name)).length === 1);
    }
    for (const role of ['e2e-admin-db', 'e2e-admin-lb'])
      expect(Object.values(await bySlice(`heartbeat_active{role="${role}"}`)).sort((a, b) => a - b)).toEqual([0, 1]);
  });

  test('a slice that is gone, a pair without an active one, a lost replica, and a job that waits are told of, and nothing else', async () => {
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-admin-memc', '--replicas=1');
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-admin-lb', '--replicas=0');
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-admin-db', '--replicas=1');
    const wanted = [
      'SliceDown e2e-admin-memc02',
      'PairWithoutActive e2e-admin-lb',
      'MySQLWithoutReplica e2e-admin-db01',
      'JobsWait e2e-admin-jobs',
    ];
    const firing = await until('the alerts', async () => {
      const { alerts } = await prometheus.api('alerts');
      const names = alerts
        .filter(({ state }: { state: string }) => state === 'firing')
        .map(
          ({ labels }: { labels: Record<string, string> }) =>
            `${labels['alertname']} ${labels['slice'] ?? labels['role']}`,
        );
      return wanted.every((each) => names.includes(each)) && (names as string[]);
    });
    const others = firing.filter(
      (each) => !wanted.includes(each) && !/^SliceDown e2e-admin-(lb0[12]|db02)$/.test(each),
    );
    expect(others).toEqual([]);
  });
});
