import { ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, apply, kubectl, ready, removeNamespaces, synth, until, withCluster } from './support';

const NAMESPACE = 'e2e-admin';
const PROMETHEUS = 'http://127.0.0.1:29090';

withCluster('Admin', () => {
  let forward: ChildProcess;

  beforeAll(async () => {
    await removeNamespaces(NAMESPACE);
    await apply(synth(join(ROOT, 'e2e', 'sites', 'admin.ts')));
    await ready(NAMESPACE, ['e2e-admin-memc', 'e2e-admin-admin']);
    forward = spawn('kubectl', ['-n', NAMESPACE, 'port-forward', 'e2e-admin-admin-1', '29090:9090'], {
      stdio: 'ignore',
    });
    await until('Prometheus', async () => (await fetch(`${PROMETHEUS}/-/ready`)).ok);
  });

  afterAll(async () => {
    forward?.kill();
    await removeNamespaces(NAMESPACE);
  });

  // oxlint-disable-next-line typescript/no-explicit-any
  async function api(path: string): Promise<any> {
    return ((await (await fetch(`${PROMETHEUS}/api/v1/${path}`)).json()) as { data: unknown }).data;
  }

  async function bySlice(query: string): Promise<Record<string, number>> {
    const { result } = await api(`query?query=${encodeURIComponent(query)}`);
    return Object.fromEntries(
      result.map((each: { metric: { slice: string }; value: [number, string] }) => [
        each.metric.slice,
        Number(each.value[1]),
      ]),
    );
  }

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
    const page = await (await fetch(`${PROMETHEUS}/consoles/slices.html`)).text();
    expect(page).toMatch(/<td>e2e-admin-memc02<\/td><td>128 MiB<\/td><td>1 <\/td><td>[\d.]+% <\/td>/);
  });

  test('every rule is sound', async () => {
    const { groups } = await api('rules');
    const rules = groups.flatMap((group: { rules: { name: string; health: string }[] }) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    expect(rules.filter((each: { health: string }) => each.health === 'err')).toEqual([]);
  });

  test('a slice that is gone is told of', async () => {
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-admin-memc', '--replicas=1');
    await until('the alert', async () => {
      const { alerts } = await api('alerts');
      return alerts.some(
        ({ labels, state }: { labels: Record<string, string>; state: string }) =>
          labels['alertname'] === 'SliceDown' && labels['slice'] === 'e2e-admin-memc02' && state === 'firing',
      );
    });
  });
});
