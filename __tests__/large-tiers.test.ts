import { Size } from 'cdk8s';
import {
  Admin,
  Balancer,
  BalancerEngine,
  CachePool,
  JobWorkers,
  ReplicatedMySQL,
  Durability,
  Site,
  WebTier,
  WebTierProps,
  WebServer,
} from '../constructs';
import { numbered } from '../constructs/admin/relabeling';
import { fillSeconds } from '../constructs/cache/memcached';
import { LARGEST_APPLIED, appliedBytes } from '../constructs/core/applied';
import { ENGINES } from './routed';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.mebibytes(256);
const image = 'example.org/site:1';

function webTier(slices: number, props: Partial<WebTierProps> = {}, id = 'web', site = newSite()): WebTier {
  return new WebTier(site, id, { ram, image, slices, ...props });
}

const awayOf = (objects: Manifest[], name = 'dfw-web') => [
  find(objects, 'Deployment', name).spec.strategy.rollingUpdate,
  find(objects, 'PodDisruptionBudget', name).spec.maxUnavailable,
];

test.each([
  [2, 1],
  [19, 1],
  [20, '10%'],
  [150, '10%'],
  [300, '10%'],
  [999, '10%'],
])('of %i web slices %p may be away at a time', (slices, away) => {
  const web = webTier(slices);
  expect(problems(web)).toEqual([]);
  expect(awayOf(synth(web))).toEqual([{ maxSurge: 0, maxUnavailable: away }, away]);
  expect(find(synth(web), 'Deployment', 'dfw-web').spec.replicas).toBe(slices);
});

test('a tier that may grow to many has a share of those that there are', () => {
  expect(awayOf(synth(webTier(2, { scaling: { max: 300 } })))[1]).toBe('10%');
  expect(awayOf(synth(webTier(2, { scaling: { max: 19 } })))[1]).toBe(1);
});

test('a slice keeps its name when its tier gets more than 99', () => {
  const names = (slices: number) => webTier(slices).slices.map(({ name }) => name);
  expect(names(150).slice(0, 99)).toEqual(names(99));
  expect(names(150).slice(98, 101)).toEqual(['dfw-web99', 'dfw-web100', 'dfw-web101']);
  expect(new Set(names(999)).size).toBe(999);
});

test('two tiers whose slices would have one name are an error', () => {
  const site = newSite();
  webTier(101, {}, 'web', site);
  const message = "'roles' is dfw/web, dfw/web1: both make a slice called dfw-web101; give one of them another id";
  expect(problems(webTier(2, {}, 'web1', site))).toEqual([`[dfw] ${message}`]);
  const other = newSite();
  webTier(100, {}, 'web', other);
  expect(problems(webTier(2, {}, 'web1', other))).toEqual([]);
});

test('workers may be many, too, on slices and apart', () => {
  const command = ['work'];
  const jobs = new JobWorkers(newSite(), 'jobs', {
    ram,
    slices: 150,
    workers: [
      { name: 'mail', command },
      { name: 'import', command, apart: true, count: 120, ram: Size.mebibytes(64) },
    ],
  });
  expect(problems(jobs)).toEqual([]);
  for (const name of ['dfw-jobs', 'dfw-jobs-import'])
    expect(awayOf(synth(jobs), name)).toEqual([{ maxSurge: 0, maxUnavailable: '10%' }, '10%']);
});

test.each([
  [2, 300, 1],
  [19, 300, 1],
  [20, 150, '10%'],
  [99, 31, '10%'],
  [200, 15, '10%'],
])(
  'of %i cache servers, one more is emptied each %i s by a roll-out, and %p at a time by a drain',
  (slices, seconds, away) => {
    const cache = new CachePool(newSite(), 'memc', { ram, slices });
    expect(problems(cache)).toEqual([]);
    const objects = synth(cache);
    expect(find(objects, 'StatefulSet', 'dfw-memc').spec.minReadySeconds).toBe(seconds);
    expect(find(objects, 'PodDisruptionBudget', 'dfw-memc').spec.maxUnavailable).toBe(away);
  },
);

test('no more than a tenth of many cache servers is filling at a time', () => {
  for (let servers = 20; servers <= 200; servers++)
    expect(Math.floor(300 / fillSeconds(servers))).toBeLessThanOrEqual(servers / 10);
});

test('200 cache servers have names, and an address each in the path that waits for them and in the list of their clients', () => {
  const site = newSite();
  const cache = new CachePool(site, 'memc', { ram, slices: 200 });
  expect([cache.slices[98]!.name, cache.slices[99]!.name, cache.slices[199]!.podName]).toEqual([
    'dfw-memc99',
    'dfw-memc100',
    'dfw-memc-200',
  ]);
  const web = webTier(2, { uses: [cache] }, 'web', site);
  const [container] = find(synth(web), 'Deployment', 'dfw-web').spec.template.spec.containers;
  const { subPathExpr } = container.volumeMounts.find(({ name }: Manifest) => name === 'addresses');
  const path = subPathExpr.replaceAll(/[$][(]\w+[)]/g, '255.255.255.255');
  const folder = `/var/lib/kubelet/pods/${'0'.repeat(36)}/volumes/kubernetes.io~empty-dir/addresses/`;
  expect(path.split('/')).toHaveLength(200);
  expect(`${folder}${path}`.length).toBeLessThan(4096);
  expect(problems(new CachePool(newSite(), 'memc', { ram, slices: 201 }))).toEqual([
    "[dfw/memc] 'slices' is 201: write a whole number from 1 to 200",
  ]);
});

test('Admin has room for 200 cache servers, and knows their slices by their pods', () => {
  const site = newSite();
  new CachePool(site, 'memc', { ram, slices: 200 });
  const admin = new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  expect(problems(admin)).toEqual([]);
  const objects = synth(admin);
  for (const each of ofKind(objects, 'ConfigMap')) expect(appliedBytes(each)).toBeLessThan(LARGEST_APPLIED);
  const rules = numbered('pod').map(({ regex, replacement }) => [new RegExp(`^(?:${regex})$`), replacement!] as const);
  const sliceOf = (pod: string) =>
    rules.flatMap(([regex, replacement]) =>
      regex.test(pod) ? [pod.replace(regex, replacement.replaceAll(/[$][{](\d)[}]/g, '$$$1'))] : [],
    );
  for (const { name, podName } of [1, 9, 10, 99, 100, 200].map((number) => cacheSlice(site, number)))
    expect([podName, sliceOf(podName!)]).toEqual([podName, [name]]);
});

const cacheSlice = (site: Site, number: number) => (site.node.findChild('memc') as CachePool).slices[number - 1]!;

test.each(
  Object.entries(ENGINES).flatMap(([name, engine]) => [150, 300].map((slices) => [name, slices, engine] as const)),
)('%s stands before %i web slices', (name, slices, engine) => {
  const web = webTier(slices);
  const lb = new Balancer(web.site, 'lb', { ram, web, engine: engine() });
  expect(problems(lb)).toEqual([]);
  const { data } = ofKind(synth(lb), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config'));
  // Perlbal's list of nodes has no size.
  if (name === 'haproxy') expect(data['haproxy.cfg']).toContain(`server-template web 1-${slices} dfw-web-ready`);
  // 64 KiB hold 47 addresses, and a change holds the old ones beside the new.
  const kibibytes = Number(/zone dfw-web (\d+)k/.exec(data['nginx.conf'])?.[1]);
  if (name === 'nginx') expect(kibibytes).toBeGreaterThan((2 * slices * 64) / 47);
});

test('HAProxy is given no more slices than an answer of the DNS has', () => {
  const lb = (slices: number) => {
    const web = webTier(slices);
    return problems(new Balancer(web.site, 'lb', { ram, web, engine: BalancerEngine.haproxy() }));
  };
  expect(lb(500)).toEqual([]);
  expect(lb(501)).toEqual([
    "[dfw/lb] 'engine' is 'haproxy for 501 slices of dfw/web': HAProxy finds 500; write BalancerEngine.nginx(), or several tiers",
  ]);
});

test('a database is told of the connections of all slices', () => {
  const site = newSite();
  const db = new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['site'] });
  webTier(300, { uses: [db], server: WebServer.apache() }, 'web', site);
  expect(problems(db)).toEqual([expect.stringMatching(/'ram' is 256 MiB: it takes \d+ connections, .*: web \d+/)]);
});
