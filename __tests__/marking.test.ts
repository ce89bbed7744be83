import { App, Size } from 'cdk8s';
import { parseAgentConfig } from '../contract/agent-config';
import { Balancer, ClusterProps, Site, WebTier } from '../constructs';
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
  expect(rules.slice(-3)).toEqual([
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
