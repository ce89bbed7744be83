import { Size } from 'cdk8s';
import { Durability, MySQLSets, ReplicatedMySQL, Site, WebTier } from '../constructs';
import type { UserCluster } from '../constructs';
import { find, newSite, problems, synth } from './support';

const pair = (site: Site, id: string) =>
  new ReplicatedMySQL(site, id, { ram: Size.mebibytes(512), durability: Durability.PREFERRED, databases: ['journal'] });

function wrong(clusters: (site: Site, global: ReplicatedMySQL) => UserCluster[]): string[] {
  const site = newSite();
  const global = pair(site, 'global');
  new MySQLSets(site, 'db', { global, clusters: clusters(site, global) });
  return problems(site);
}

test('a program that uses the sets reaches each of them, and is told of their names and weights', () => {
  const site = newSite();
  const clusters = [
    { database: pair(site, 'users-1'), weight: 0 },
    { database: pair(site, 'users-2'), weight: 2 },
    { database: pair(site, 'users-3') },
  ];
  const db = new MySQLSets(site, 'db', { global: pair(site, 'global'), clusters });
  const web = new WebTier(site, 'web', {
    ram: Size.mebibytes(512),
    slices: 2,
    image: 'example.org/forum:1',
    uses: [db],
  });
  const objects = synth(site);
  const { containers } = find(objects, 'Deployment', web.name).spec.template.spec;
  const env = new Map<string, { value?: string }>(
    containers.flatMap(({ env: list = [] }: { env?: { name: string }[] }) => list.map((each) => [each.name, each])),
  );
  expect(JSON.parse(env.get('DB_SETS')?.value ?? '')).toEqual({
    global: { name: 'global', variables: 'GLOBAL' },
    clusters: [
      { name: 'users-1', variables: 'USERS_1', weight: 0 },
      { name: 'users-2', variables: 'USERS_2', weight: 2 },
      { name: 'users-3', variables: 'USERS_3', weight: 1 },
    ],
  });
  for (const name of ['GLOBAL', 'USERS_1', 'USERS_2', 'USERS_3']) {
    expect([...env.keys()]).toEqual(expect.arrayContaining([`${name}_HOST`, `${name}_READ_HOST`, `${name}_PASSWORD`]));
  }
  for (const name of ['global', 'users-1', 'users-2', 'users-3']) {
    expect(find(objects, 'NetworkPolicy', `${web.name}-to-${site.name}-${name}`)).toBeDefined();
  }
});

test('sets without a cluster are refused', () => {
  expect(wrong(() => [])).toEqual(["[dfw/db] 'clusters' is []: name one or more, as in [{ database: users1 }]"]);
});

test('an id that no variable can begin with is an error', () => {
  const site = newSite();
  const global = pair(site, 'global');
  new MySQLSets(site, 'D B', { global, clusters: [{ database: pair(site, 'users') }] });
  expect(problems(site)).toEqual([
    "[dfw/D B] 'id' is 'D B': write lower-case letters, digits and hyphens, starting with a letter",
  ]);
});

test('one pair may hold the global set and a cluster, and is given once', () => {
  const site = newSite();
  const both = new ReplicatedMySQL(site, 'both', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['accounts', 'journal'],
  });
  const clusters = [{ database: both, databaseName: 'journal' }, { database: pair(site, 'users-2') }];
  const db = new MySQLSets(site, 'db', { global: both, clusters });
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(512), image: 'example.org/forum:1', uses: [db] });
  const [{ env }] = find(synth(site), 'Deployment', web.name).spec.template.spec.containers;
  const names = env.map(({ name }: { name: string }) => name);
  expect(names.filter((name: string) => name === 'BOTH_HOST')).toHaveLength(1);
  const list = env.find(({ name }: { name: string }) => name === 'DB_SETS').value;
  expect(JSON.parse(list)).toEqual({
    global: { name: 'both', variables: 'BOTH' },
    clusters: [
      { name: 'both', variables: 'BOTH', database: 'journal', weight: 1 },
      { name: 'users-2', variables: 'USERS_2', weight: 1 },
    ],
  });
});

test('one pair cannot be two clusters', () => {
  const found = wrong((site) => {
    const users = pair(site, 'users');
    return [{ database: users }, { database: users }];
  });
  expect(found).toEqual(["[dfw/db] 'clusters' is 'dfw/users': it is named twice; make a pair for each cluster"]);
});

test("a database that a cluster's pair has not is an error", () => {
  expect(wrong((site) => [{ database: pair(site, 'users'), databaseName: 'blog' }])).toEqual([
    "[dfw/db] 'clusters.users.databaseName' is 'blog': add it to the databases of dfw/users, which has journal",
  ]);
});

test('a pair of another site is refused', () => {
  const [found] = wrong((site) => {
    const other = new Site(site.node.root as never, 'ams', { domain: 'example.org' });
    return [{ database: pair(other, 'users') }];
  });
  expect(found).toMatch(/'clusters' is '.*ams\/users': it belongs to another site; name a pair of 'dfw'/);
});

test('a weight is a whole number, and not 0 for all', () => {
  expect(wrong((site) => [{ database: pair(site, 'users'), weight: -1 }])).toEqual([
    "[dfw/db] 'clusters.users.weight' is -1: write a whole number from 0 to 1000000",
  ]);
  expect(wrong((site) => [{ database: pair(site, 'users'), weight: 0 }])).toEqual([
    "[dfw/db] 'clusters.weight' is 0: new users have to go somewhere; give one cluster 1 or more",
  ]);
});
