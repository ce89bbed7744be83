import { App, Size } from 'cdk8s';
import { parseAgentConfig } from '../contract/agent-config';
import { Balancer, CachePool, ClusterProps, Durability, ReplicatedMySQL, Site, WebTier } from '../constructs';
import { Manifest, find, ofKind } from './support';

/** A site with a pair, as one list of objects. */
function siteWithPair(cluster: ClusterProps = {}): Manifest[] {
  const app = new App();
  const site = new Site(app, 'ams', { domain: 'example.org', cluster });
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(512), image: 'docker.io/library/httpd:2.4' });
  new Balancer(site, 'lb', { ram: Size.mebibytes(256), web });
  return app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
}

test("a pair's agents are told which pods are the site's, and where they vote", () => {
  const texts = ofKind(siteWithPair(), 'ConfigMap').map(({ data }) => data['config.json']);
  const config = parseAgentConfig(texts.find((text) => text !== undefined));
  expect(config.marking).toEqual({ lease: 'ams-silent-nodes', selector: 'app.kubernetes.io/part-of=ams' });
});

test('they may list the pods of their namespace and patch their status, and write the Lease of the votes', () => {
  const { rules } = find(siteWithPair(), 'Role', 'ams-lb-heartbeat');
  expect(rules.slice(-4, -1)).toEqual([
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: ['ams-silent-nodes'],
      verbs: ['get', 'create', 'patch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  ]);
});

test('they may end the eviction of the slices that have names and no volume, and of no other pod', () => {
  const app = new App();
  const site = new Site(app, 'ams', { domain: 'example.org' });
  new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['app'],
  });
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(512), image: 'docker.io/library/httpd:2.4' });
  new Balancer(site, 'lb', { ram: Size.mebibytes(256), web });
  // Made after the pairs, whose agents may remove its slices all the same.
  new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
  const objects = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
  for (const pair of ['db', 'lb'])
    expect(find(objects, 'Role', `ams-${pair}-heartbeat`).rules.at(-1)).toEqual({
      apiGroups: [''],
      resources: ['pods'],
      resourceNames: ['ams-lb-1', 'ams-lb-2', 'ams-memc-1', 'ams-memc-2'],
      verbs: ['delete'],
    });
});

test('a site whose named slices all have volumes gives nobody the right to remove a pod', () => {
  const app = new App();
  const site = new Site(app, 'ams', { domain: 'example.org' });
  new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['app'],
  });
  const objects = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
  const verbs = ofKind(objects, 'Role').flatMap(({ rules }) => rules.flatMap((rule: Manifest) => rule.verbs));
  expect(verbs).not.toContain('delete');
});

test.each(['ams-lb', 'ams-memc'])('slices of %s leave a lost node after 5 s, as they keep nothing', (name) => {
  const app = new App();
  const site = new Site(app, 'ams', { domain: 'example.org' });
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(512), image: 'docker.io/library/httpd:2.4' });
  new Balancer(site, 'lb', { ram: Size.mebibytes(256), web });
  new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
  const objects = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
  const { tolerations } = find(objects, 'StatefulSet', name).spec.template.spec;
  expect(tolerations).toContainEqual(
    expect.objectContaining({ key: 'node.kubernetes.io/unreachable', tolerationSeconds: 5 }),
  );
});

test('they may try every pod of the site at the port of the agents, and no other does', () => {
  const all = { matchLabels: { 'app.kubernetes.io/part-of': 'ams' } };
  const agents = { matchLabels: { 'app.kubernetes.io/part-of': 'ams', 'app.kubernetes.io/name': 'lb' } };
  const ports = [{ port: 7911, protocol: 'TCP' }];
  expect(find(siteWithPair(), 'NetworkPolicy', 'all-from-ams-lb-heartbeat').spec).toEqual({
    podSelector: all,
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: agents }], ports }],
  });
  expect(find(siteWithPair(), 'NetworkPolicy', 'ams-lb-heartbeat-to-all').spec).toEqual({
    podSelector: agents,
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: all }], ports }],
  });
});

test('a site that may has the pods of the DNS marked, too', () => {
  const objects = siteWithPair({ markDns: true });
  const texts = ofKind(objects, 'ConfigMap').map(({ data }) => data['config.json']);
  const config = parseAgentConfig(texts.find((text) => text !== undefined));
  expect(config.marking?.dns).toEqual([{ namespace: 'kube-system', selector: 'k8s-app=kube-dns' }]);
  const { metadata, rules } = find(objects, 'Role', 'ams-lb-marks-dns');
  expect([metadata.namespace, rules.map(({ resources, verbs }: Manifest) => [resources[0], verbs])]).toEqual([
    'kube-system',
    [
      ['pods', ['list']],
      ['pods/status', ['patch']],
    ],
  ]);
  const { subjects } = find(objects, 'RoleBinding', 'ams-lb-marks-dns');
  expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'ams-lb', namespace: 'ams' }]);
});

test('a site that did not say so has no rights in the namespace of the DNS', () => {
  const others = siteWithPair().filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace !== 'ams');
  expect(others).toEqual([]);
});
