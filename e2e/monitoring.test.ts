import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Prometheus } from './prometheus';
import { ROOT, bringUp, get, kubectl, removeNamespaces, until, withCluster } from './support';

const NAMESPACE = 'e2e-monitoring';
const STACK = 'e2e-monitoring-stack';
const OPERATOR = ['-n', 'prometheus-operator', 'deployment/prometheus-operator'];

const hasOperator =
  process.env['KUBECONFIG'] !== undefined &&
  spawnSync('kubectl', ['get', ...OPERATOR], { stdio: 'ignore' }).status === 0;
const withOperator = hasOperator ? withCluster : describe.skip;
if (!hasOperator) process.stderr.write('there is no Prometheus operator in the cluster: skipped\n');

/** A Prometheus as the chart kube-prometheus-stack has it: it chooses by a label, and its account may read pods and kubelets. */
const PROMETHEUS_OBJECTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: STACK } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'prometheus', namespace: STACK } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: STACK },
    rules: [
      { apiGroups: [''], resources: ['nodes', 'services', 'endpoints', 'pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: STACK },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: STACK },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: STACK }],
  },
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: { name: 'stack', namespace: STACK },
    spec: {
      version: 'v3.5.3',
      replicas: 1,
      serviceAccountName: 'prometheus',
      resources: { requests: { memory: '256Mi' } },
      ...Object.fromEntries(
        ['podMonitor', 'serviceMonitor', 'rule'].flatMap((kind) => [
          [`${kind}Selector`, { matchLabels: { release: 'e2e' } }],
          [`${kind}NamespaceSelector`, {}],
        ]),
      ),
    },
  },
];

/** Lets the operator keep the Service of the kubelets, as its chart does. */
async function keepKubelets(): Promise<void> {
  const { spec } = await get(...OPERATOR);
  const args = spec.template.spec.containers[0].args as string[];
  if (args.some((each) => each.startsWith('--kubelet-service='))) return;
  const more = ['--kubelet-service=kube-system/kubelet', '--kubelet-endpoints=true'];
  const value = [...args.filter((each) => !each.startsWith('--kubelet-endpoints')), ...more];
  const patch = JSON.stringify([{ op: 'replace', path: '/spec/template/spec/containers/0/args', value }]);
  await kubectl('patch', ...OPERATOR, '--type=json', '-p', patch);
  await kubectl('rollout', 'status', ...OPERATOR, '--timeout=120s');
}

interface Target {
  readonly labels: Record<string, string>;
  readonly health: string;
  readonly lastError: string;
}

withOperator("a site that a Prometheus operator's Prometheus watches", () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    await removeNamespaces(STACK);
    await keepKubelets();
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: PROMETHEUS_OBJECTS });
    execFileSync('kubectl', ['apply', '-f', '-'], { input });
    const names = ['memc', 'web', 'lb', 'admin'].map((role) => `e2e-monitoring-${role}`);
    await bringUp(join(ROOT, 'e2e/sites/monitoring.ts'), { [NAMESPACE]: names });
    await until('the Prometheus', async () => {
      const { status } = await get('-n', STACK, 'statefulset', 'prometheus-stack');
      return status.readyReplicas === 1;
    });
    prometheus = await Prometheus.in(STACK, 'prometheus-stack-0');
  });

  afterAll(async () => {
    prometheus?.end();
    await removeNamespaces(NAMESPACE, STACK);
    await kubectl('delete', 'clusterrole,clusterrolebinding', STACK, '--ignore-not-found');
  });

  const query = (text: string) => prometheus.query(text);

  test('every target answers, each slice once: pods, the program that asks, and the kubelets', async () => {
    const targets = await until('all targets', async () => {
      const { activeTargets } = (await prometheus.api('targets?state=active')) as { activeTargets: Target[] };
      const sick = activeTargets.filter(({ health }) => health !== 'up');
      if (sick.length > 0) throw new Error(JSON.stringify(sick, ['labels', 'job', 'instance', 'lastError']));
      return activeTargets.length > 12 && activeTargets;
    });
    const counted = new Map<string, number>();
    for (const { labels } of targets) counted.set(labels['job']!, (counted.get(labels['job']!) ?? 0) + 1);
    const nodes = (await get('nodes')).items.length;
    process.stdout.write(`${JSON.stringify(Object.fromEntries(counted))}\n`);
    expect(Object.fromEntries(counted)).toEqual({
      'e2e-monitoring-lb-7911': 2,
      'e2e-monitoring-lb-asked': 2,
      'e2e-monitoring-memc-asked': 2,
      'e2e-monitoring-web-apache-asked': 2,
      'kubelet-memory': nodes,
      'kubelet-pods': nodes,
      'kubelet-probes': nodes,
      'kubelet-volumes': nodes,
    });
    const labels = targets.map((each) => each.labels);
    expect(labels.every(({ site }) => site === NAMESPACE)).toBe(true);
    const named = labels.filter(({ slice }) => slice !== undefined).map(({ job, slice }) => `${job} ${slice}`);
    expect(new Set(named).size).toBe(8);
  });

  test('every rule is sound, and every slice is seen up', async () => {
    const up = await until('every slice up', async () => {
      const found = await query('slice:up');
      return found.length === 7 && found.every(({ value }) => value[1] === '1') && found;
    });
    expect(up.map(({ metric }) => metric['slice'])).toEqual(
      expect.arrayContaining(['memc01', 'memc02', 'lb01', 'lb02', 'admin01'].map((slice) => `${NAMESPACE}-${slice}`)),
    );
    const { groups } = await prometheus.api('rules');
    const rules = groups.flatMap((group: { rules: { health: string }[] }) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter((each: { health: string }) => each.health === 'err')).toEqual([]);
    expect(await query('memcached_limit_bytes')).toHaveLength(2);
  });

  test('a slice that is gone is told of', async () => {
    const begin = performance.now();
    await kubectl('-n', NAMESPACE, 'scale', 'statefulset/e2e-monitoring-memc', '--replicas=1');
    const [alert] = await until('SliceDown', async () => {
      const found = await query('ALERTS{alertname="SliceDown",alertstate="firing"}');
      return found.length > 0 && found;
    });
    process.stdout.write(`SliceDown fires after ${Math.round((performance.now() - begin) / 1000)} s\n`);
    expect(alert!.metric).toMatchObject({ slice: 'e2e-monitoring-memc02', site: NAMESPACE, namespace: NAMESPACE });
  });

  test('no other namespace reaches the ports of figures', async () => {
    const { items } = await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=admin');
    const address = `${items[0].status.podIP}:9150`;
    const probe = ['wget', '-T3', '-q', '-O-', `http://${address}/healthz`];
    await kubectl('run', 'e2e-stranger', '--image=docker.io/library/busybox:1.37', '--restart=Never', '--', ...probe);
    try {
      const phase = await until('its end', async () => {
        const { status } = await get('pod', 'e2e-stranger');
        return ['Succeeded', 'Failed'].includes(status.phase) && (status.phase as string);
      });
      expect(phase).toBe('Failed');
    } finally {
      await kubectl('delete', 'pod', 'e2e-stranger', '--wait=false');
    }
  });
});
