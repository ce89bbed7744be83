import { ApiObject, App, Chart } from 'cdk8s';
import { api, newSamples } from './input-samples';
import { problems } from './support';
import { refuses } from './wrong-values';

refuses('Heartbeat', [
  ['a port in quotes', () => ({ checkPort: '80' }), "'checkPort' is '80': write a number, as 80 without quotes"],
  [
    'a Service by its name',
    () => ({ service: 'x' }),
    "'service' is 'x': write an object in braces with any of allocateLoadBalancerNodePorts, clusterIp, clusterIPs, externalIPs, externalName, externalTrafficPolicy, healthCheckNodePort, internalTrafficPolicy, ipFamilies, ipFamilyPolicy, loadBalancerClass, loadBalancerIp, loadBalancerSourceRanges, ports, publishNotReadyAddresses, selector, sessionAffinity, sessionAffinityConfig, trafficDistribution, type",
  ],
  [
    'a misspelt Service',
    () => ({ service: { port: 80 } }),
    "'service.port' is 80: there is no property of this name; did you mean 'ports'? Otherwise leave it out",
  ],
  [
    'an empty StatefulSet',
    ({ statefulSet }) => ({ statefulSet: statefulSet }),
    "'statefulSet' is '0000-dfw-site-set-c83c008a': give it spec.selector.matchLabels and spec.template.spec.containers",
  ],
  [
    'another kind',
    ({ site }) => ({ statefulSet: new ApiObject(site.chart, 'd', { apiVersion: 'apps/v1', kind: 'Deployment' }) }),
    "'statefulSet' is 'Deployment': write a StatefulSet, whose pods keep their names",
  ],
]);

refuses('OwnWorkload', [
  ['its name', () => ({ workload: 'x' }), "'workload' is 'x': write a construct, such as a KubeDeployment"],
  [
    'a role',
    ({ web }) => ({ workload: web }),
    "'workload' is 'dfw/web': it has none of Deployment, StatefulSet, DaemonSet, Job, CronJob; name one",
  ],
  ['one container without a list', () => ({ containers: 'x' }), "'containers' is 'x': write a list, as ['x']"],
  [
    'what it is called elsewhere',
    () => ({ deployment: 1 }),
    "'deployment' is 1: there is no property of this name; leave it out, or write one of: …",
  ],
]);

/** A site with a StatefulSet of two pods, and a Heartbeat for it. */
function saidOfHeartbeat(service: object): string[] {
  const { site } = newSamples();
  const memory = api.k8s.Quantity.fromString('256Mi');
  const resources = { requests: { memory }, limits: { memory } };
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'a:1', resources }] } };
  const spec = { replicas: 2, serviceName: 'x', selector: { matchLabels: { a: 'b' } }, template };
  const set = new api.k8s.KubeStatefulSet(site.chart, 'server', { metadata: { name: 'x' }, spec });
  new api.Heartbeat(site.chart, 'made', { statefulSet: ApiObject.of(set), checkPort: 80, service });
  return problems(site).map((line) => line.replace(/^\[.*?\] /, ''));
}

test.each([
  [{ ports: [{ port: 0 }] }, "'service.ports' is 0: write a port, from 1 to 65535"],
  [{ type: 'Nope', ports: [{ port: 80 }] }, "'service.type' is 'Nope': write one of ClusterIP, NodePort, LoadBalancer"],
  [
    {
      ports: [
        { port: 80, name: 'a' },
        { port: 80, name: 'b' },
      ],
    },
    "'service.ports' is 80: it is there twice; leave one of them out",
  ],
  [
    { ports: [{ port: 80, name: 'a' }, { port: 81 }] },
    "'service.ports' is 81: give each of several ports a name, such as 'http'",
  ],
  [
    { ports: [{ port: 80, name: 'A b' }] },
    "'service.ports' is 'A b': write up to 63 lower-case letters, digits and hyphens",
  ],
])('a Service of a Heartbeat with %j is an error', (service, message) => {
  expect(saidOfHeartbeat(service)).toEqual([message]);
});

/** The errors of a site that a Deployment with these containers joins. */
function saidOfDeployment(containers: object[]): string[] {
  const { site } = newSamples();
  const chart = new Chart(site.node.root as App, 'own', { namespace: 'dfw' });
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers } };
  const workload = new ApiObject(chart, 'd', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  });
  new api.OwnWorkload(site, 'made', { workload });
  return problems(site);
}

test('a workload without containers, and one with a text for a list, are errors', () => {
  expect(saidOfDeployment([])).toEqual(["[dfw/made] 'workload' is 'a pod without containers': give it one or more"]);
  expect(saidOfDeployment([{ name: 'c', image: 'x:1', env: 'A=b' }])).toEqual([
    "[dfw/made] 'workload' is 'A=b': env of its container c is no list; write one",
  ]);
  expect(saidOfDeployment([{ name: 'c', image: 'x:1', resources: { limits: { memory: 'lots' } } }])).toEqual([
    "[dfw/made] 'workload' is 'lots': the memory of its container c is no amount; write one, such as '256Mi'",
  ]);
});
