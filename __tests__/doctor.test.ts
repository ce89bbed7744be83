import { Findings, diagnose } from '../cli/doctor';

const node = (version = 'v1.34.1', ready = 'True') => ({
  status: { nodeInfo: { kubeletVersion: version }, conditions: [{ type: 'Ready', status: ready }] },
});
const daemonSet = (name: string) => ({ metadata: { name } });
const storageClass = (isDefault: boolean, allowVolumeExpansion: boolean) => ({
  metadata: {
    name: 'local',
    annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) },
  },
  provisioner: 'x',
  allowVolumeExpansion,
});
const balancer = (...ingress: object[]) => ({
  metadata: { namespace: 'dfw', name: 'dfw-lb-active' },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress } },
});

const WELL = {
  version: 'v1.34.1',
  nodes: [node(), node()],
  daemonSets: [daemonSet('calico-node'), daemonSet('node-local-dns')],
  storageClasses: [storageClass(true, true)],
  services: [balancer({ ip: '192.0.2.7' })],
  hasMetrics: true,
} as unknown as Findings;

const verdict = (name: string, findings: object) => {
  const { state, says } = diagnose({ ...WELL, ...findings }).find((each) => each.name === name)!;
  return [state, says];
};

test('a cluster that has all is told so', () => {
  expect(diagnose(WELL).map(({ state }) => state)).toEqual(Array(7).fill('ok'));
});

test.each<[string, object, string, string | RegExp]>([
  ['version', { version: 'v1.29.9' }, 'lacking', 'Kubernetes v1.29.9: sites need 1.30 or later'],
  ['nodes', { nodes: [node()] }, 'lacking', /both slices of a pair end with it$/],
  ['nodes', { nodes: [node(), node('v1.29.0')] }, 'lacking', /sites need 1.30 or later$/],
  ['nodes', { nodes: [node(), node(), node('v1.34.1', 'Unknown')] }, 'better', /^2 of 3 are ready/],
  ['network policies', { daemonSets: [daemonSet('kube-flannel-ds')] }, 'lacking', /everything of a site stays open$/],
  ['network policies', { daemonSets: [] }, 'unknown', /see whether yours enforces NetworkPolicy$/],
  ['network policies', { daemonSets: [], nodes: [node('v1.34.1+k3s1')] }, 'ok', 'k3s enforces them'],
  ['storage', { storageClasses: [] }, 'lacking', 'no storage class'],
  [
    'storage',
    { storageClasses: [storageClass(false, true)] },
    'lacking',
    /there are local: name one by storageClassName$/,
  ],
  ['storage', { storageClasses: [storageClass(true, false)] }, 'better', /cannot grow \(allowVolumeExpansion\)$/],
  ['load balancer', { services: [balancer()] }, 'lacking', /^dfw\/dfw-lb-active was given no address/],
  ['load balancer', { services: [] }, 'unknown', /no Service of type LoadBalancer/],
  ['DNS cache', { daemonSets: [] }, 'better', /^no NodeLocal DNSCache/],
  ['metrics', { hasMetrics: false }, 'better', /^no metrics-server/],
  ['nodes', { nodes: undefined }, 'unknown', 'you may not see it'],
])('%s of %j is %s', (name, findings, state, says) => {
  expect(verdict(name, findings)).toEqual([state, typeof says === 'string' ? says : expect.stringMatching(says)]);
});
