import { App, Chart, Size, Testing } from 'cdk8s';
import {
  CachePool,
  Durability,
  JobScaling,
  JobWorkers,
  MailHandler,
  MailIntake,
  ReplicatedMySQL,
  Site,
  k8s,
} from '../constructs';
import { SecretValue } from '../constructs/core/secrets';
import { find, newSite, ofKind, problems, synth } from './support';

const ram = Size.mebibytes(256);

test('a site is a namespace at Pod Security restricted', () => {
  const namespace = find(synth(newSite()), 'Namespace', 'dfw');
  expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
});

test('all traffic is denied but the look-up of names', () => {
  const policies = ofKind(synth(newSite()), 'NetworkPolicy');
  expect(policies.map((each) => each.metadata.name)).toEqual(['allow-dns', 'deny-by-default']);
  expect(policies[1].spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
});

test("the site's own file comes first, so that one apply of the folder works on an empty cluster", () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram });
  new CachePool(site, 'sessions', { ram });
  expect(App.of(site).charts.map((chart) => chart.node.id)).toEqual(['0000-dfw-site', 'dfw-memc', 'dfw-sessions']);
});

test('its roles are named in the order in which they were made', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram });
  expect(site.roles.map((role) => role.name)).toEqual(['dfw-memc']);
});

test('two syntheses of the same site are the same', () => {
  const yaml = () => {
    const site = newSite();
    new CachePool(site, 'memc', { ram });
    return JSON.stringify(synth(site));
  };
  expect(yaml()).toBe(yaml());
});

test('every object has the labels of the site', () => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', metadata: { labels: { team: 'web' } } });
  new CachePool(site, 'memc', { ram });
  for (const object of synth(site)) expect(object.metadata.labels.team).toBe('web');
});

test('slices are spread over the nodes that take them: one with a taint does not count as one without slices', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram });
  const [host, zone] = find(synth(site), 'StatefulSet', 'dfw-memc').spec.template.spec.topologySpreadConstraints;
  expect(host).toEqual({
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    nodeTaintsPolicy: 'Honor',
    labelSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'dfw', 'app.kubernetes.io/name': 'memc' } },
  });
  expect([zone.whenUnsatisfiable, zone.nodeTaintsPolicy]).toEqual(['ScheduleAnyway', 'Honor']);
});

test('no label of ones own is in a claim, since those of a StatefulSet cannot be changed', () => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', metadata: { labels: { team: 'web' } } });
  new ReplicatedMySQL(site, 'db', { ram: Size.gibibytes(1), durability: Durability.PREFERRED, databases: ['wiki'] });
  const { spec } = find(synth(site), 'StatefulSet', 'dfw-db');
  expect(spec.volumeClaimTemplates[0].metadata.labels).toEqual({
    'app.kubernetes.io/managed-by': 'cdk8s-slices',
    'app.kubernetes.io/part-of': 'dfw',
    'app.kubernetes.io/name': 'db',
  });
  expect(spec.template.metadata.labels.team).toBe('web');
});

test('a label that the library itself writes is an error, and would not replace it', () => {
  const labels = { 'app.kubernetes.io/part-of': 'shop', 'pod-security.kubernetes.io/enforce': 'privileged' };
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', metadata: { labels } });
  expect(site.labels['app.kubernetes.io/part-of']).toBe('dfw');
  expect(problems(site)).toEqual([
    "[dfw] 'metadata.labels' is 'app.kubernetes.io/part-of': the library itself writes it; leave it out",
    "[dfw] 'metadata.labels' is 'pod-security.kubernetes.io/enforce': the library itself writes it; leave it out",
  ]);
});

test('a label that Kubernetes would refuse is an error', () => {
  const words = 'write up to 63 letters and digits, with hyphens, dots and underscores between them';
  const labels = { 'team name': 'My Team!', 'example.org/team': 'web_2.x', none: '', long: 'x'.repeat(64) };
  expect(problems(new Site(Testing.app(), 'dfw', { domain: 'example.org', metadata: { labels } }))).toEqual([
    `[dfw] 'metadata.labels' is 'team name': ${words}, or that behind a domain, as in 'example.org/team'`,
    `[dfw] 'metadata.labels.team name' is 'My Team!': ${words}`,
    `[dfw] 'metadata.labels.long' is '${'x'.repeat(64)}': ${words}`,
  ]);
});

test('all problems are reported at once, each with its path, property, value and remedy', () => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example' });
  new CachePool(site, 'memc', { ram: Size.mebibytes(64), slices: 0, image: 'memcached' });
  expect(problems(site)).toEqual([
    "[dfw] 'domain' is 'example': write a domain in lower case, such as 'example.org'",
    "[dfw/memc] 'slices' is 0: write a whole number from 1 to 200",
    "[dfw/memc] 'image' is 'memcached': write a name with a tag or digest that stays, such as 'nginx:1.30'",
    "[dfw/memc] 'ram' is 64 MiB: memcached itself takes half of that; write Size.mebibytes(128) or more",
  ]);
});

test('two roles of one id are an error, said with all else that is wrong with either', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram });
  new CachePool(site, 'memc', { ram: Size.mebibytes(64) });
  expect(problems(site)).toEqual([
    "[dfw/memc] 'id' is 'memc': two have it; give each an id of its own",
    expect.stringContaining("'ram' is 64 MiB: memcached itself takes half of that"),
  ]);
});

test('two sites of one id are an error', () => {
  const app = Testing.app();
  new Site(app, 'dfw', { domain: 'example.org' });
  new Site(app, 'dfw', { domain: 'example.com', namespace: 'other' });
  expect(problems(app)).toEqual(["[dfw] 'id' is 'dfw': two have it; give each an id of its own"]);
});

test("a role may be called as the site's own file would be", () => {
  const site = newSite();
  new CachePool(site, 'site', { ram });
  expect(problems(site)).toEqual([]);
});

test('a name that is no DNS label is an error', () => {
  expect(problems(new Site(Testing.app(), 'DFW', { domain: 'example.org', namespace: 'dfw' }))).toContain(
    "[DFW] 'id' is 'DFW': write lower-case letters, digits and hyphens, starting with a letter",
  );
});

test('a name too long for the labels that Kubernetes makes of it is an error', () => {
  const site = newSite();
  new CachePool(site, 'm'.repeat(50), { ram });
  expect(problems(site)[0]).toMatch(
    /^\[dfw\/m+\] 'id' is 'm+': 'dfw-m+' has 54 characters; shorten it to 52 or fewer$/,
  );
});

test('the cluster has names of its own, and a volume may be made by hand', () => {
  const cluster = {
    storageClassName: '',
    scheduling: { priorityClassName: 'site.high' },
    clusterDomain: 'k8s.example.org',
  };
  expect(problems(new Site(Testing.app(), 'dfw', { domain: 'example.org', ...cluster }))).toEqual([]);
  const wrong = {
    storageClassName: 'fast disk',
    scheduling: { priorityClassName: '' },
    clusterDomain: 'cluster.local\nx',
  };
  const instead = "write a name of lower-case letters, digits, '-' and '.'";
  expect(problems(new Site(Testing.app(), 'dfw', { domain: 'example.org', ...wrong }))).toEqual([
    `[dfw] 'storageClassName' is 'fast disk': ${instead}`,
    `[dfw] 'scheduling.priorityClassName' is '': ${instead}`,
    `[dfw] 'clusterDomain' is 'cluster.local\\nx': ${instead}`,
  ]);
  const long = Array.from({ length: 13 }, () => 'abcdefghi').join('.');
  expect(problems(new Site(Testing.app(), 'dfw', { domain: 'example.org', clusterDomain: long }))).toEqual([
    expect.stringMatching(/'clusterDomain' is .* has 129 characters; shorten it to 121 or fewer$/),
  ]);
});

test("a namespace of Kubernetes' own is an error", () => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', namespace: 'kube-system' });
  expect(problems(site)).toEqual([
    "[dfw] 'namespace' is 'kube-system': Kubernetes has such names for what is its own; write another, as 'dfw'",
  ]);
});

test.each([
  ['example.org', true],
  ['пример.рф', false],
  ['example.xn--p1ai', true],
  ['example.xn--p1ai-', false],
  ['example.xn--', false],
  ['example.1org', false],
])('whether %s is a domain: %s', (domain, is) => {
  const said = problems(new Site(Testing.app(), 'dfw', { domain }));
  expect(said.some((line) => line.includes('write a domain in lower case'))).toBe(!is);
});

const DIGEST = `@sha256:${'0a'.repeat(32)}`;

test.each([
  ['x:1', true],
  ['x.org/a:V1', true],
  ['x.org:5000/a/b_c-d:1.2', true],
  [`x.org/a${DIGEST}`, true],
  [`x.org/a:V1${DIGEST}`, true],
  [`X.org/a:latest${DIGEST}`, true],
  ['x.org/a:latest', false],
  ['x.org:5000/a', false],
  ['x.org/A:1', false],
  ['x.org/a:', false],
  [`x.org/a:V1${DIGEST}0`, false],
  ['Foo/Bar:1', false],
  ['x.org/a..b:1', false],
  ['x.org//a:1', false],
  ['-x.org/a:1', false],
  ['a:1\n', false],
])('whether %s is an image that stays: %s', (image, is) => {
  const site = newSite();
  new CachePool(site, 'memc', { ram, image });
  expect(problems(site).some((line) => line.includes('write a name with a tag or digest that stays'))).toBe(!is);
});

test('an image with a capital letter is told of it', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram, image: 'Foo/Bar:1' });
  expect(problems(site)).toEqual([
    "[dfw/memc] 'image' is 'Foo/Bar:1': no capital letter may be in the name of an image, or in a digest; write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ]);
});

test('two sites in one namespace are an error', () => {
  const app = Testing.app();
  new Site(app, 'dfw', { domain: 'example.org', namespace: 'site' });
  const twin = new Site(app, 'ord', { domain: 'example.org', namespace: 'site' });
  expect(problems(twin)).toContain(
    "[ord] 'namespace' is 'site': dfw has it already; give each site a namespace of its own",
  );
});

test('a site whose namespace is that of a role kept apart is an error', () => {
  const site = newSite();
  new MailIntake(site, 'mail', { ram, handler: MailHandler.command({ command: ['take'] }) });
  new Site(App.of(site), 'ams', { domain: 'example.org', namespace: 'dfw-mail' });
  expect(problems(site)).toEqual([
    "[dfw] 'namespace' is 'dfw': ams has dfw-mail already; give each site a namespace of its own",
    "[ams] 'namespace' is 'dfw-mail': dfw has it already; give each site a namespace of its own",
  ]);
});

test('a role whose file would be that of a role of another site is an error', () => {
  const site = newSite();
  new CachePool(site, 'x-memc', { ram });
  new CachePool(new Site(App.of(site), 'dfw-x', { domain: 'example.org' }), 'memc', { ram });
  expect(problems(site)).toEqual([
    "[dfw-x/memc] 'id' is 'memc': dist has a file 'dfw-x-memc' already; write another id",
  ]);
});

describe('two roles that would make the same objects are an error', () => {
  const ram = Size.mebibytes(512);

  test('where one is called as a slice of the other', () => {
    const site = newSite();
    new CachePool(site, 'memc', { ram });
    new CachePool(site, 'memc01', { ram });
    expect(problems(site)).toEqual([
      "[dfw] 'roles' is dfw/memc, dfw/memc01: both make Service dfw/dfw-memc01; give one of them another id",
    ]);
  });

  test('where one is called as an address of the other', () => {
    const site = newSite();
    new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['wiki'] });
    new CachePool(site, 'db-write', { ram });
    expect(problems(site)).toEqual([
      "[dfw] 'roles' is dfw/db, dfw/db-write: both make Service dfw/dfw-db-write; give one of them another id",
    ]);
  });

  test.each([
    ['scaled', { scale: JobScaling.cpu({ max: 2 }) }],
    ['scheduled', { schedule: '15 4 * * *' }],
  ])('where one is called as workers of the other that are %s', (_, beside) => {
    const site = newSite();
    const cache = new CachePool(site, 'memc', { ram });
    const kinds = [
      { name: 'all', command: ['work'] },
      { name: 'email', command: ['work'], ram: Size.mebibytes(32), ...beside },
    ];
    new JobWorkers(site, 'jobs', { ram, image: 'x:1', workers: kinds, uses: [cache] });
    new JobWorkers(site, 'jobs-email', { ram, image: 'x:1', workers: kinds.slice(0, 1), uses: [cache] });
    expect(problems(site)).toEqual([
      "[dfw] 'roles' is dfw/jobs, dfw/jobs-email: both make pods called dfw/dfw-jobs-email; give one of them another id",
    ]);
  });

  test("where an object that the site's user adds is called as one of a role's", () => {
    const site = newSite();
    const cache = new CachePool(site, 'memc', { ram });
    const more = new Chart(App.of(site), 'more');
    new k8s.KubeService(more, 'mine', { metadata: { name: cache.name, namespace: site.namespace } });
    expect(problems(site)).toEqual([
      "[dfw] 'roles' is dfw/memc, more: both make Service dfw/dfw-memc; give one of them another id",
    ]);
  });
});

test('a role outside a site is an error that says how to make it', () => {
  expect(() => new CachePool(Testing.app(), 'memc', { ram })).toThrow(
    "[memc] 'scope' is App: it has to be made in a Site",
  );
});

test('what two roles say of one Secret is the same whichever of them is made first', () => {
  const said = [
    { name: 'dfw-db', namespaces: ['dfw-mail'], keys: {} },
    { name: 'dfw-db', namespaces: ['dfw'], keys: { password: SecretValue.PASSWORD }, dual: true },
    { name: 'dfw-db', namespaces: ['dfw'], keys: { 'ca.crt': SecretValue.CERTIFICATE }, hosts: ['b', 'a'] },
  ];
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const lists = orders.map((order) => {
    const site = newSite();
    for (const index of order) site._requireSecret(said[index]!);
    return find(synth(site), 'ConfigMap', 'required-secrets').data['dfw-db'];
  });
  expect(new Set(lists).size).toBe(1);
  expect(JSON.parse(lists[0])).toEqual({
    namespaces: ['dfw', 'dfw-mail'],
    keys: { 'ca.crt': 'certificate', password: 'password' },
    dual: true,
    hosts: ['a', 'b'],
  });
});
