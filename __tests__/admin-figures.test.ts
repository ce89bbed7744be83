import { Size } from 'cdk8s';
import { parse } from 'yaml';
import {
  Admin,
  AdminProps,
  Balancer,
  BlobEngine,
  BlobStore,
  CachePool,
  Durability,
  JobQueue,
  JobWorkers,
  MailHandler,
  MailIntake,
  Monitoring,
  Notify,
  ReplicatedMySQL,
  WebServer,
  WebTier,
} from '../constructs';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, problems, synth } from './support';

/** A site that has each of the programs that are asked. */
function admin(): Admin {
  const site = newSite();
  const ram = Size.mebibytes(512);
  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(2),
    durability: Durability.PREFERRED,
    databases: ['forum', 'mogilefs'],
  });
  new CachePool(site, 'memc', { ram });
  new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database: db }) });
  new JobWorkers(site, 'jobs', {
    ram,
    queue: JobQueue.theSchwartz({ database: db }),
    workers: [{ name: 'email', command: ['theschwartz-worker', 'Email'] }],
  });
  new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take-it'] }) });
  const web = new WebTier(site, 'web', { ram, image: 'docker.io/library/httpd:2.4', server: WebServer.httpd() });
  new Balancer(site, 'lb', { ram, web });
  return new Admin(site, 'admin', { ram });
}

function files(of: Admin): Record<string, string> {
  return find(synth(of), 'ConfigMap', of.config!.name).data;
}

function asks(of: Admin): Record<string, Manifest> {
  const config = synth(of).find(
    (each) => each.kind === 'ConfigMap' && each.metadata.name.startsWith('dfw-admin-exporter-'),
  );
  return JSON.parse(config.data['config.json']).targets;
}

test('the exporter asks each cache server, the databases of the queue and of the blobs, Postfix, Apache and nginx', () => {
  const asked = asks(admin());
  expect(Object.keys(asked).join(' ')).toBe(
    'dfw-jobs-database dfw-lb01-nginx dfw-lb02-nginx dfw-mail01-mail-certificate dfw-memc01-memcached ' +
      'dfw-memc02-memcached dfw-mog-database dfw-mog-check dfw-web-apache',
  );
  expect(asked['dfw-memc02-memcached']).toEqual({
    kind: 'memcached',
    host: 'dfw-memc-2.dfw-memc.dfw.svc.cluster.local',
    port: 11211,
  });
  expect(asked['dfw-mail01-mail-certificate']).toEqual({
    kind: 'mail-certificate',
    host: 'dfw-mail-1.dfw-mail.dfw-mail.svc.cluster.local',
    port: 25,
    serverName: 'mail.example.org',
  });
  expect(asked['dfw-mog-database']).toMatchObject({
    database: 'mogilefs',
    user: 'figures',
    passwordVariable: 'DB_PASSWORD',
  });
  expect(asked['dfw-jobs-database']).toMatchObject({
    database: 'forum',
    host: 'dfw-db-write.dfw.svc.cluster.local',
    port: 3306,
  });
});

test('each is a target of its own, under the name of its slice', () => {
  const { scrape_configs: jobs } = parse(files(admin())['prometheus.yml'] as string);
  expect(jobs.find((each: Manifest) => each.job_name === 'dfw-memc-asked').static_configs[1]).toEqual({
    targets: ['127.0.0.1:9150'],
    labels: {
      role: 'dfw-memc',
      slice: 'dfw-memc02',
      instance: 'dfw-memc02-memcached',
      __param_of: 'dfw-memc02-memcached',
    },
  });
});

test('slices without fixed names are found by their pods, whose addresses the exporter is given', () => {
  const objects = synth(admin());
  const { scrape_configs: jobs } = parse(files(admin())['prometheus.yml'] as string);
  const job = jobs.find((each: Manifest) => each.job_name === 'dfw-web-apache-asked');
  expect(job.params).toEqual({ of: ['dfw-web-apache'] });
  expect(job.kubernetes_sd_configs).toEqual([
    {
      role: 'pod',
      namespaces: { names: ['dfw'] },
      selectors: [{ role: 'pod', label: 'app.kubernetes.io/name=web,app.kubernetes.io/part-of=dfw' }],
    },
  ]);
  expect(job.relabel_configs).toContainEqual({
    source_labels: ['__meta_kubernetes_pod_ip'],
    target_label: '__param_at',
  });
  expect(asks(admin())['dfw-web-apache']).toEqual({ kind: 'apache', port: 9117 });
  expect(find(objects, 'Role', 'dfw-admin-pods').rules).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  ]);
});

test('the page has a row for each slice that runs, where their names are not fixed', () => {
  const page = files(admin())['slices.html'] as string;
  expect(page).toContain('{{ range query `slice:ram_limit:bytes{role="dfw-web"}` | sortByLabel "slice" }}');
  expect(page).not.toContain('dfw-web01');
});

test('the exporter takes its RAM out of the slice, and has the password that it needs from its Secret', () => {
  const { containers } = find(synth(admin()), 'StatefulSet', 'dfw-admin').spec.template.spec;
  expect(containers.map((each: Manifest) => [each.name, each.resources.limits.memory])).toEqual([
    ['prometheus', '464Mi'],
    ['exporter', '48Mi'],
  ]);
  expect(containers[0].env).toBeUndefined();
  expect(containers[1].env).toEqual([
    { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'dfw-db-figures', key: 'password' } } },
  ]);
});

test('what it asks is opened to it, and no more', () => {
  const objects = synth(admin());
  const opened = (role: string) =>
    find(objects, 'NetworkPolicy', `dfw-${role}-from-dfw-admin`).spec.ingress[0].ports.map(
      (each: Manifest) => each.port,
    );
  expect([opened('memc'), opened('db'), opened('lb')]).toEqual([[11211], [7911, 3306], [7911, 8081]]);
  expect(objects.filter((each) => each.metadata.name === 'dfw-mog-from-dfw-admin')).toEqual([]);
});

test('a site where there is nothing to ask has no exporter', () => {
  const site = newSite();
  const handler = MailHandler.command({ command: ['take-it'] });
  new MailIntake(site, 'mail', { ram: Size.mebibytes(512), handler, tls: false });
  const made = new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  const { containers } = find(synth(made), 'StatefulSet', 'dfw-admin').spec.template.spec;
  expect(containers.map((each: Manifest) => [each.name, each.resources.limits.memory])).toEqual([
    ['prometheus', '512Mi'],
  ]);
});

test('a slice is up only with all of its containers, sidecars included', () => {
  const [{ rules }] = parse(files(admin())['rules.yml'] as string).groups;
  const counts = rules.filter((each: Manifest) => each.record === 'slice:containers:count');
  expect(Object.fromEntries(counts.map((each: Manifest) => [each.labels.slice, each.expr]))).toMatchObject({
    'dfw-db01': 'vector(2)',
    'dfw-memc01': 'vector(1)',
    'dfw-lb01': 'vector(2)',
  });
});

test.each<[string, Partial<AdminProps>, number]>([
  ['Prometheus and the exporter', {}, 2],
  ['Prometheus, the exporter and Alertmanager', { notify: [Notify.webhook({ url: 'https://hook.example.net/' })] }, 3],
  ["the exporter, beside an operator's Prometheus", { monitoring: Monitoring.operator() }, 1],
])('so is its own slice, with %s', (_, props, count) => {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(512) });
  const made = new Admin(site, 'admin', { ram: Size.mebibytes(512), ...props });
  const objects = synth(made);
  const { spec } = find(objects, 'StatefulSet', 'dfw-admin').spec.template;
  expect(spec.containers).toHaveLength(count);
  const { groups } = made.config
    ? parse(files(made)['rules.yml'] as string)
    : find(objects, 'PrometheusRule', 'dfw-admin').spec;
  const { expr } = groups[0].rules.find(
    (each: Manifest) => each.record === 'slice:containers:count' && each.labels.slice === 'dfw-admin01',
  );
  expect(expr).toBe(`vector(${count})`);
});

test('an image of it that moves is an error', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(512) });
  const made = new Admin(site, 'admin', { ram: Size.mebibytes(512), nodeImage: 'node:latest' });
  expect(problems(made)).toEqual([
    "[dfw/admin] 'nodeImage' is 'node:latest': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ]);
});

test('each alert says what is wrong, and then what to do', () => {
  const { groups } = parse(files(admin())['rules.yml'] as string);
  const alerts = groups.flatMap(({ rules }: Manifest) => rules.filter((each: Manifest) => each.alert));
  const names = alerts.map((each: Manifest) => each.alert);
  expect(names).toEqual(
    expect.arrayContaining([
      'SliceDown',
      'PairWithoutActive',
      'PairWithTwoActive',
      'PairFlaps',
      'CacheEvicts',
      'CacheMisses',
      'CacheRefusesClients',
      'JobsWait',
      'JobsFail',
      'BlobsWithoutSecondCopy',
      'BlobsWaitToBeCopied',
      'MailWaits',
      'MailExpires',
      'MailPilesUp',
      'ApacheWorkersNearlyTaken',
      'BalancerAnswersErrors',
      'BalancerMissesWebSlice',
    ]),
  );
  for (const { alert, annotations } of alerts)
    expect([alert, annotations.summary]).toEqual([alert, expect.stringMatching(/^.{15,}(: |, so |; ).{10,}$/)]);
});

test('each figure of the page is on the dashboard, too', () => {
  const objects = synth(admin());
  const { panels } = JSON.parse(find(objects, 'ConfigMap', 'dfw-admin-grafana').data['dfw.json']);
  const titles = panels.map((each: Manifest) => each.title);
  expect(titles).toEqual(
    expect.arrayContaining([
      'dfw-lb: active',
      'dfw-memc: hits',
      'dfw-memc: thrown out',
      'dfw-jobs: oldest due',
      'dfw-mog: to copy',
      'dfw-mail: deferred',
    ]),
  );
  const page = files(admin())['slices.html'] as string;
  for (const title of titles) expect(page).toContain(`<th>${title.split(': ')[1]}</th>`);
});

withPromtool('admin-figures-rules.yml', () => files(admin()));
