import { Duration, Size } from 'cdk8s';
import { parse } from 'yaml';
import {
  Admin,
  AdminProps,
  CachePool,
  MailHandler,
  MailIntake,
  Monitoring,
  Notify,
  Role,
  Site,
  WebServer,
  WebTier,
} from '../constructs';
import { Unit } from '../constructs/core/monitor';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

/** A role with figures and an alert of its own, whose program asks a CronJob's success, too. */
class Queue extends Role {
  constructor(site: Site) {
    super(site, 'jobs', { slices: 3, always: 2, ram: Size.gibibytes(1) });
    this._scrapes.push({ port: 9108, path: '/figures' });
    this._metricsSources.push({ kind: 'cron-job', name: 'dfw-nightly' });
    const summary = '{{ $labels.slice }} is late';
    this._alerts.push({ name: 'QueueLate', expr: 'queue_age_seconds > 60', for: '5m', severity: 'warning', summary });
    this._panels.push({ title: 'age', expr: 'queue_age_seconds', unit: Unit.SECONDS });
  }
}

function admin(props: Partial<AdminProps> = {}): Admin {
  const site = newSite();
  const ram = Size.mebibytes(512);
  new CachePool(site, 'memc', { ram });
  new Queue(site);
  new WebTier(site, 'web', { ram, image: 'example.org/site:1' });
  new WebTier(site, 'php', { ram, image: 'example.org/php:1', server: WebServer.phpFpm() });
  return new Admin(site, 'admin', { ram, ...props });
}

const watched = (props: Partial<AdminProps> = {}) => admin({ monitoring: Monitoring.operator(), ...props });
const manifests = synth(watched());
const relabeled = (endpoint: Manifest) =>
  Object.fromEntries(endpoint.relabelings.map((each: Manifest) => [each.targetLabel, each.replacement]));

/** The rules of a site's own Prometheus, and those of the operator's. */
const own = () => {
  const made = admin();
  return parse(find(synth(made), 'ConfigMap', made.config!.name).data['rules.yml']).groups as Manifest[];
};
const { groups } = find(manifests, 'PrometheusRule', 'dfw-admin').spec;

test('the alerts and figures are those of a Prometheus of its own, under the same names', () => {
  const narrowed = (text: string) => text.replaceAll('{site="dfw"}', '');
  const listed = (all: Manifest[]) =>
    all.flatMap(({ name, rules }) =>
      rules
        // The list of slices differs in the slice that has no Prometheus.
        .filter((each: Manifest) => !String(each.record).endsWith('containers:count'))
        .map((each: Manifest) => [name, each.alert ?? each.record, narrowed(each.expr), each.for, each.annotations]),
    );
  expect(listed(groups)).toEqual(listed(own()));
});

test('figures that every cluster has are read only where they are of the site', () => {
  const rules = groups.flatMap((group: Manifest) => group.rules) as Manifest[];
  const { expr } = rules.find(({ alert }) => alert === 'FiguresMissing')!;
  expect(expr.match(/\bup\b(\{.*?\})?/g)).toEqual(Array(3).fill('up{site="dfw"}'));
  const volumes = rules.find(({ alert }) => alert === 'VolumeNearlyFull')!.expr;
  expect(volumes).toBe(
    'kubelet_volume_stats_available_bytes{site="dfw"} / kubelet_volume_stats_capacity_bytes{site="dfw"} < 0.1',
  );
});

test('rules are looked at as often as the windows of the alerts want it, and alerts name the namespace', () => {
  expect(groups.map((group: Manifest) => [group.name, group.interval]).slice(0, 3)).toEqual([
    ['slices', '5s'],
    ['alerts', '15s'],
    ['dfw-jobs', '15s'],
  ]);
  const [late] = groups.find((group: Manifest) => group.name === 'dfw-jobs').rules;
  expect(late.labels).toEqual({ severity: 'warning', role: 'dfw-jobs', site: 'dfw', namespace: 'dfw' });
});

test('a role is scraped at its pods, under the name of its slice, and as one target for each pod', () => {
  const { spec } = find(manifests, 'PodMonitor', 'dfw-jobs');
  expect(spec.selector.matchLabels).toEqual({
    'app.kubernetes.io/name': 'jobs',
    'app.kubernetes.io/part-of': 'dfw',
  });
  const [endpoint] = spec.podMetricsEndpoints;
  expect(endpoint).toMatchObject({ path: '/figures', interval: '15s' });
  expect(endpoint.relabelings).toEqual([
    {
      sourceLabels: ['__meta_kubernetes_pod_name'],
      regex: '(.+)-(\\d)',
      targetLabel: 'slice',
      replacement: '${1}0${2}',
    },
    {
      sourceLabels: ['__meta_kubernetes_pod_name'],
      regex: '(.+)-(\\d\\d+)',
      targetLabel: 'slice',
      replacement: '${1}${2}',
    },
    { targetLabel: 'role', replacement: 'dfw-jobs' },
    { sourceLabels: ['__meta_kubernetes_pod_ip'], targetLabel: '__address__', replacement: '${1}:9108' },
    { regex: 'container|endpoint', action: 'labeldrop' },
    { targetLabel: 'job', replacement: 'dfw-jobs-9108' },
    { targetLabel: 'site', replacement: 'dfw' },
  ]);
});

test('a slice that Kubernetes names is found while it is ready, under the name of its pod', () => {
  const [endpoint] = find(manifests, 'PodMonitor', 'dfw-php').spec.podMetricsEndpoints;
  expect(endpoint.relabelings.slice(0, 2)).toEqual([
    { sourceLabels: ['__meta_kubernetes_pod_ready'], regex: 'true', action: 'keep' },
    { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'slice' },
  ]);
});

test('servers without figures for Prometheus are asked through the slice, by name or by the address of a pod', () => {
  const asked = find(manifests, 'PodMonitor', 'dfw-admin').spec.podMetricsEndpoints;
  expect(asked.map((each: Manifest) => [each.params.of[0], relabeled(each)['slice'], relabeled(each)['role']])).toEqual(
    [
      ['dfw-nightly', undefined, 'dfw-jobs'],
      ['dfw-memc01-memcached', 'dfw-memc01', 'dfw-memc'],
      ['dfw-memc02-memcached', 'dfw-memc02', 'dfw-memc'],
    ],
  );
  const [apache] = find(manifests, 'PodMonitor', 'dfw-web').spec.podMetricsEndpoints;
  expect(apache.params).toEqual({ of: ['dfw-web-apache'] });
  expect(apache.relabelings).toContainEqual({
    sourceLabels: ['__meta_kubernetes_pod_ip'],
    targetLabel: '__param_at',
  });
  expect(relabeled(apache)['__address__']).toBe('dfw-admin-1.dfw-admin.dfw.svc.cluster.local:9150');
});

test('the kubelets are read for the site alone', () => {
  const { spec } = find(manifests, 'ServiceMonitor', 'dfw-admin-kubelets');
  expect(spec.endpoints.map((each: Manifest) => [each.path, each.interval, relabeled(each)['job']])).toEqual([
    ['/metrics/resource', '10s', 'kubelet-memory'],
    ['/metrics/probes', '10s', 'kubelet-probes'],
    ['/metrics/cadvisor', '1m', 'kubelet-pods'],
    ['/metrics', '15s', 'kubelet-volumes'],
  ]);
  for (const { honorLabels, honorTimestamps, metricRelabelings } of spec.endpoints) {
    expect([honorLabels, honorTimestamps]).toEqual([true, false]);
    expect(metricRelabelings).toContainEqual({ sourceLabels: ['namespace'], regex: 'dfw', action: 'keep' });
  }
});

test("the operator's Prometheus is let in to figures, and nobody else in its namespace", () => {
  const let_ = (name: string) => find(manifests, 'NetworkPolicy', name).spec.ingress;
  const from = [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
    },
  ];
  expect(let_('dfw-jobs-from-monitoring')).toEqual([{ from, ports: [{ port: 9108, protocol: 'TCP' }] }]);
  expect(let_('dfw-admin-from-monitoring')).toEqual([{ from, ports: [{ port: 9150, protocol: 'TCP' }] }]);
  const names = ofKind(manifests, 'NetworkPolicy').map(({ metadata }) => metadata.name);
  expect(names).not.toContain('dfw-jobs-from-dfw-admin');
  expect(names).toContain('dfw-memc-from-dfw-admin');
  expect(names).not.toContain('dfw-memc-from-monitoring');
});

test('the slice runs the program that asks and no Prometheus, and may read no kubelet', () => {
  const { spec } = find(manifests, 'StatefulSet', 'dfw-admin').spec.template;
  expect(spec.containers.map((each: Manifest) => [each.name, each.resources.limits.memory])).toEqual([
    ['exporter', '512Mi'],
  ]);
  expect(ofKind(manifests, 'ClusterRole')).toEqual([]);
  expect(ofKind(manifests, 'Role').map(({ metadata }) => metadata.name)).toEqual(['dfw-admin-cron-jobs']);
  // It asks the API server for the CronJob.
  expect(find(manifests, 'NetworkPolicy', 'dfw-admin-to-api-server').spec.policyTypes).toEqual(['Egress']);
  expect(watched().config).toBeUndefined();
  expect(find(manifests, 'ConfigMap', 'dfw-admin-grafana').data['dfw.json']).toContain('dfw-jobs: age');
});

test('a namespace and labels of the operator are written to all of its objects', () => {
  const monitoring = Monitoring.operator({ namespace: 'observe', labels: { release: 'stack' } });
  const made = synth(watched({ monitoring }));
  const kinds = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule'];
  const objects = kinds.flatMap((kind) => ofKind(made, kind));
  expect(objects).toHaveLength(6);
  for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ release: 'stack' });
  expect(find(made, 'NetworkPolicy', 'dfw-jobs-from-observe').spec.policyTypes).toEqual(['Ingress']);
});

test('a role in a namespace of its own is scraped there, and lets that Prometheus in there', () => {
  const site = newSite();
  const ram = Size.mebibytes(256);
  new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take-it'] }) });
  new Admin(site, 'admin', { ram, monitoring: Monitoring.operator() });
  const made = synth(site);
  expect(find(made, 'PodMonitor', 'dfw-mail').metadata.namespace).toBe('dfw-mail');
  expect(find(made, 'NetworkPolicy', 'dfw-mail-from-monitoring').metadata.namespace).toBe('dfw-mail');
  const { endpoints } = find(made, 'ServiceMonitor', 'dfw-admin-kubelets').spec;
  expect(endpoints[0].metricRelabelings[0].regex).toBe('dfw|dfw-mail');
});

test("what belongs to a Prometheus of its own is an error beside the operator's", () => {
  const hook = Notify.webhook({ url: 'https://hook.example.net/' });
  const found = problems(watched({ retention: Duration.days(7), storage: Size.gibibytes(1), notify: [hook] }));
  expect(found).toEqual([
    "[dfw/admin] 'retention' is 604800 s: with 'monitoring' it belongs to the operator's objects; leave it out",
    "[dfw/admin] 'storage' is 1024 MiB: with 'monitoring' it belongs to the operator's objects; leave it out",
    expect.stringMatching(/^\[dfw\/admin\] 'notify' is .*: with 'monitoring' it belongs to the operator's objects; /),
  ]);
});

test('too little RAM for the program that asks is an error', () => {
  expect(problems(watched({ ram: Size.mebibytes(47) }))).toEqual([
    "[dfw/admin] 'ram' is 47 MiB: the program that reads figures needs it; write Size.mebibytes(48) or more",
  ]);
});

test.each([
  [{ namespace: 'Monitoring' }, /'monitoring.namespace' is 'Monitoring': write/],
  [{ labels: { release: 'a b' } }, /'monitoring.labels.release' is 'a b': write/],
  [{ labels: { 'app.kubernetes.io/name': 'x' } }, /'monitoring.labels' is 'app.kubernetes.io\/name': the library/],
])('%j is an error', (props, text) => {
  expect(problems(watched({ monitoring: Monitoring.operator(props) }))).toEqual([expect.stringMatching(text)]);
});
