import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin, AdminProps, CachePool, Role, Site } from '../constructs';
import { retentionSize, sampleLimit, seriesLimit } from '../constructs/admin/prometheus';
import { Unit } from '../constructs/core/monitor';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

/** A role with figures, an alert and a vital number of its own. */
class Queue extends Role {
  constructor(site: Site) {
    super(site, 'jobs', { slices: 3, always: 2, ram: Size.gibibytes(1) });
    this._scrapes.push({ port: 9108, path: '/figures' });
    const summary = '{{ $labels.slice }} is late';
    this._alerts.push({ name: 'QueueLate', expr: 'queue_age_seconds > 60', for: '5m', severity: 'warning', summary });
    this._panels.push({ title: 'age', expr: 'queue_age_seconds', unit: Unit.SECONDS });
  }
}

function admin(props: Partial<AdminProps> = {}): Admin {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(512) });
  new Queue(site);
  return new Admin(site, 'admin', { ram: Size.mebibytes(512), ...props });
}

function files(of: Admin): Record<string, string> {
  return find(synth(of), 'ConfigMap', of.config!.name).data;
}

test('every slice of the site is on the list of what has to be there, with its RAM, but one that comes with the load', () => {
  const [group] = parse(files(admin())['rules.yml'] as string).groups;
  const limits = group.rules.filter((each: Manifest) => each.record === 'slice:ram_limit:bytes');
  expect(limits.map((each: Manifest) => [each.labels.slice, each.expr, each.labels.scaled])).toEqual([
    ['dfw-admin01', 'vector(536870912)', undefined],
    ['dfw-jobs01', 'vector(1073741824)', undefined],
    ['dfw-jobs02', 'vector(1073741824)', undefined],
    ['dfw-jobs03', 'vector(1073741824)', 'yes'],
    ['dfw-memc01', 'vector(536870912)', undefined],
    ['dfw-memc02', 'vector(536870912)', undefined],
  ]);
});

test('what a role registers is scraped at its slices, alerted on and shown, and its port opened to this slice alone', () => {
  const made = admin();
  const { 'prometheus.yml': config, 'rules.yml': rules, 'slices.html': page } = files(made);
  const job = parse(config as string).scrape_configs.find((each: Manifest) => each.job_name === 'dfw-jobs-9108');
  expect(job.metrics_path).toBe('/figures');
  expect(job.static_configs[1]).toEqual({
    targets: ['dfw-jobs-2.dfw-jobs.dfw.svc.cluster.local:9108'],
    labels: { role: 'dfw-jobs', slice: 'dfw-jobs02' },
  });
  expect(rules).toContain('alert: QueueLate');
  expect(page).toContain('(queue_age_seconds) and on (slice) slice:ram_limit:bytes{slice="dfw-jobs02"}');
  const { spec } = find(synth(made), 'NetworkPolicy', 'dfw-jobs-from-dfw-admin');
  expect(spec.ingress[0].ports).toEqual([{ port: 9108, protocol: 'TCP' }]);
});

test('a site whose slices all have fixed names lets it list no pods', () => {
  expect(ofKind(synth(admin()), 'Role')).toEqual([]);
});

test('it may list the nodes and read the figures of their kubelets, and nothing else', () => {
  const [role] = ofKind(synth(admin()), 'ClusterRole');
  expect(role.rules).toEqual([
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
  ]);
});

test('a Grafana that collects labelled ConfigMaps finds a panel for each figure of each role', () => {
  const made = admin();
  const { metadata, data } = find(synth(made), 'ConfigMap', 'dfw-admin-grafana');
  expect(metadata.labels['grafana_dashboard']).toBe('1');
  const { panels } = JSON.parse(data['dfw.json']);
  expect(panels.map((each: Manifest) => each.title)).toContain('dfw-jobs: age');
  expect(panels.map((each: Manifest) => each.title)).toContain('dfw-jobs: CPU (cores)');
  expect(panels).toHaveLength(14);
});

test('another role is another configuration, which is rolled out', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(512) });
  expect(new Admin(site, 'admin', { ram: Size.mebibytes(512) }).config!.name).not.toBe(admin().config!.name);
});

test.each([
  [128, 4096, 1_048_576],
  [256, 8192, 2_097_152],
  [1024, 32_768, 8_388_608],
  [16_384, 524_288, 134_217_728],
])('with %i MiB of RAM it takes %i series, and %i samples in a query', (ram, series, samples) => {
  expect(seriesLimit(ram)).toBe(series);
  expect(sampleLimit(ram)).toBe(samples);
});

test('its figures take four fifths of the volume at most', () => {
  expect(retentionSize(10_240)).toBe(8192);
  const { args } = find(synth(admin()), 'StatefulSet', 'dfw-admin').spec.template.spec.containers[0];
  expect(args).toContain('--storage.tsdb.retention.size=8192MB');
  expect(args).toContain('--storage.tsdb.retention.time=720h');
});

test('a role made after it is watched, too', () => {
  const made = admin();
  new CachePool(made.site, 'late', { ram: Size.mebibytes(512) });
  synth(made);
  expect(made.config!.toJson().data['rules.yml']).toContain('slice: dfw-late01');
});

test('a role made after one of its objects was read would go unwatched, which is an error', () => {
  const made = admin();
  expect(made.statefulSet.name).toBe('dfw-admin');
  new CachePool(made.site, 'late', { ram: Size.mebibytes(512) });
  expect(problems(made)).toEqual([
    '[dfw/admin] dfw/late: made after an object of the Admin was read; read that object later',
  ]);
});

test('too little RAM is an error', () => {
  expect(problems(admin({ ram: Size.mebibytes(255) }))).toEqual([
    "[dfw/admin] 'ram' is 255 MiB: Prometheus needs half of it for series; write Size.mebibytes(256) or more",
  ]);
});

test('a volume that its log alone would fill, for which Prometheus would get no bound, is an error', () => {
  expect(problems(admin({ storage: Size.mebibytes(1) }))).toEqual([
    "[dfw/admin] 'storage' is 1 MiB: its log alone takes 384 MiB of it; write Size.mebibytes(512) or more",
  ]);
});

test('an image that moves is an error', () => {
  expect(problems(admin({ image: 'prom/prometheus' }))[0]).toMatch(/^\[dfw\/admin\] 'image' is 'prom\/prometheus'/);
});

withPromtool('admin-rules.yml', () => files(admin()));
