import { ApiObject, App, Chart, Duration, Size, Testing } from 'cdk8s';
import { StatefulSet } from 'cdk8s-plus-34';
import { parseConfig } from '../agent/config';
import { wantedSecrets } from '../cli/secrets';
import { Heartbeat, HeartbeatMode, k8s } from '../constructs';
import type { HeartbeatProps } from '../constructs';
import { Shop } from '../examples/heartbeat/pair';
import { Manifest, find, ofKind, problems, synth } from './support';

const PORT = k8s.IntOrString.fromNumber(8080);

function newSet(chart: Chart, pod: Partial<k8s.PodSpec> = {}, replicas = 2): k8s.KubeStatefulSet {
  const labels = { app: 'shop' };
  const limits = { memory: k8s.Quantity.fromString('256Mi') };
  return new k8s.KubeStatefulSet(chart, 'set', {
    metadata: { name: 'shop', namespace: 'shop' },
    spec: {
      replicas,
      serviceName: 'shop',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'engine', image: 'nginx:1.30', resources: { limits } }], ...pod },
      },
    },
  });
}

function chart(): Chart {
  return new Chart(Testing.app(), 'shop');
}

function withHeartbeat(props: Partial<HeartbeatProps> = {}, pod: Partial<k8s.PodSpec> = {}): Manifest[] {
  const at = chart();
  new Heartbeat(at, 'heartbeat', { statefulSet: newSet(at, pod), checkPort: 8080, ...props });
  return synth(at);
}

function podOf(objects: Manifest[]): Manifest {
  return find(objects, 'StatefulSet', 'shop').spec.template.spec;
}

function configOf(objects: Manifest[]) {
  const texts = ofKind(objects, 'ConfigMap').map(({ data }) => data['config.json']);
  return parseConfig(texts.find((text) => text !== undefined));
}

function problemsWith(props: Partial<HeartbeatProps>, pod: Partial<k8s.PodSpec> = {}, replicas = 2): string[] {
  const at = chart();
  new Heartbeat(at, 'heartbeat', { statefulSet: newSet(at, pod, replicas), checkPort: 8080, ...props });
  return problems(at);
}

const service = { type: 'LoadBalancer', ports: [{ name: 'http', port: 80, targetPort: PORT }] };

test('the agent is a native sidecar, so it starts before the engine and ends after it', () => {
  const [agent] = podOf(withHeartbeat()).initContainers;
  expect(agent).toMatchObject({ name: 'heartbeat', restartPolicy: 'Always' });
});

test('the agent comes before init containers that are there already', () => {
  const first = { name: 'first', image: 'busybox:1.37' };
  const names = podOf(withHeartbeat({}, { initContainers: [first] })).initContainers.map((each: Manifest) => each.name);
  expect(names).toEqual(['heartbeat', 'first']);
});

test('volumes that are there already stay', () => {
  const names = podOf(withHeartbeat({}, { volumes: [{ name: 'tmp', emptyDir: {} }] })).volumes.map(
    (each: Manifest) => each.name,
  );
  expect(names).toEqual(['tmp', 'heartbeat', 'heartbeat-token', 'heartbeat-key', 'heartbeat-orders']);
});

test("the agent's RAM is taken out of the engine's", () => {
  const { containers, initContainers } = podOf(withHeartbeat());
  expect(containers[0].resources).toEqual({ limits: { memory: '208Mi' }, requests: { memory: '208Mi' } });
  expect(initContainers[0].resources).toMatchObject({ limits: { memory: '48Mi' }, requests: { memory: '48Mi' } });
});

test('the engine is stopped once the other is active: its hook asks the agent by a file, as anyone could send a request', () => {
  const [engine] = podOf(withHeartbeat()).containers;
  expect(engine.lifecycle).toEqual({ preStop: { exec: { command: ['/bin/sh', '-c', expect.any(String)] } } });
  expect(engine.volumeMounts).toEqual([{ name: 'heartbeat-orders', mountPath: '/heartbeat/orders' }]);
});

test('what the engine mounts already stays', () => {
  const mounted = { name: 'tmp', mountPath: '/tmp' };
  const container = {
    name: 'shop',
    image: 'shop:1',
    resources: { limits: { memory: k8s.Quantity.fromString('256Mi') } },
  };
  const { containers } = podOf(withHeartbeat({}, { containers: [{ ...container, volumeMounts: [mounted] }] }));
  expect(containers[0].volumeMounts).toEqual([mounted, { name: 'heartbeat-orders', mountPath: '/heartbeat/orders' }]);
});

test('the agents know each other by a key in a Secret, which the command that makes Secrets is told of', () => {
  const manifests = withHeartbeat();
  const keyOf = (all: Manifest[]) => podOf(all).volumes.find(({ name }: Manifest) => name === 'heartbeat-key').secret;
  expect(keyOf(manifests)).toEqual({ secretName: 'shop-heartbeat' });
  expect(wantedSecrets(manifests as never)).toEqual([
    { name: 'shop-heartbeat', namespaces: ['shop'], keys: { password: 'password' }, dual: true },
  ]);
  const named = withHeartbeat({ secret: 'vault' });
  expect([keyOf(named), wantedSecrets(named as never)]).toEqual([{ secretName: 'vault' }, []]);
});

test('the token and the key are in the container of the agent alone', () => {
  const pod = podOf(withHeartbeat());
  expect(pod.automountServiceAccountToken).toBe(false);
  const mounts = (each: Manifest) => (each.volumeMounts ?? []).map((mount: Manifest) => mount.name);
  expect(pod.containers.flatMap(mounts)).toEqual(['heartbeat-orders']);
  expect(mounts(pod.initContainers[0])).toEqual(expect.arrayContaining(['heartbeat-token', 'heartbeat-key']));
});

test('the rights are its own Lease, the pods of the pair, its own EndpointSlice, and Events', () => {
  const { rules } = find(withHeartbeat({ service }), 'Role', 'shop-heartbeat');
  expect(rules.map(({ resources, resourceNames, verbs }: Manifest) => [resources[0], resourceNames, verbs])).toEqual([
    ['leases', ['shop'], ['get', 'watch', 'create', 'update']],
    ['pods', ['shop-0', 'shop-1'], ['get']],
    ['pods/status', ['shop-0', 'shop-1'], ['patch']],
    ['endpointslices', ['shop-heartbeat'], ['get', 'create', 'update', 'patch']],
    ['events', undefined, ['create']],
  ]);
});

test('without a Service of its own it may not touch EndpointSlices', () => {
  const { rules } = find(withHeartbeat(), 'Role', 'shop-heartbeat');
  expect(rules.map(({ resources }: Manifest) => resources[0])).not.toContain('endpointslices');
});

test('the Service has no selector, so nothing but the agents says where it leads', () => {
  const { spec } = find(withHeartbeat({ service }), 'Service', 'shop-active');
  expect(spec).toEqual({ type: 'LoadBalancer', ports: [{ name: 'http', port: 80, targetPort: 8080 }] });
});

test('the agent accepts what it is configured with', () => {
  expect(configOf(withHeartbeat({ service, checkPath: '/healthz' }))).toMatchObject({
    namespace: 'shop',
    name: 'shop',
    pods: ['shop-0', 'shop-1'],
    engine: { kind: 'http', port: 8080, path: '/healthz' },
    traffic: { service: 'shop-active', everyone: false, ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] },
  });
});

test('without a path, connecting is the check; all may be active; one that requires its Lease is told so', () => {
  const config = configOf(withHeartbeat({ service, mode: HeartbeatMode.ALL_ACTIVE, requireLease: true }));
  expect(config).toMatchObject({
    engine: { kind: 'tcp', port: 8080 },
    traffic: { everyone: true },
    requireLease: true,
  });
});

test.each([
  [2, { leaseMs: 1000, renewMs: 250, giveUpMs: 800 }],
  [3, { leaseMs: 2000, renewMs: 500, giveUpMs: 1600 }],
  [16, { leaseMs: 15000, renewMs: 3750, giveUpMs: 12000 }],
])('within %i s gives times that the agent accepts, with a second left for the nodes', (seconds, timings) => {
  expect(configOf(withHeartbeat({ failover: Heartbeat.within(Duration.seconds(seconds)) })).timings).toEqual(timings);
});

test('policies are made where the namespace denies by default, and nowhere else', () => {
  expect(ofKind(withHeartbeat(), 'NetworkPolicy')).toEqual([]);
  const [policy] = ofKind(withHeartbeat({ isolated: true, apiServer: ['172.30.0.1/32'] }), 'NetworkPolicy');
  const pair = { podSelector: { matchLabels: { app: 'shop' } } };
  expect(policy.spec.ingress).toEqual([{ from: [pair], ports: [{ port: 7911, protocol: 'TCP' }] }]);
  expect(policy.spec.egress[1].to).toEqual([{ ipBlock: { cidr: '172.30.0.1/32' } }]);
});

test("a StatefulSet of cdk8s-plus's second level, or of no type at all, gets the same", () => {
  const app = Testing.app();
  const second = new Chart(app, 'second');
  const set = new StatefulSet(second, 'set', {
    metadata: { name: 'shop', namespace: 'shop' },
    replicas: 2,
    containers: [
      { image: 'nginx:1.30', name: 'engine', portNumber: 80, resources: { memory: { limit: Size.mebibytes(256) } } },
    ],
  });
  new Heartbeat(second, 'heartbeat', { statefulSet: ApiObject.of(set), checkPort: 8080 });
  const untyped = new Chart(app, 'untyped');
  const { apiVersion, kind, metadata, spec } = newSet(chart()).toJson();
  const object = new ApiObject(untyped, 'set', { apiVersion, kind, metadata, spec });
  new Heartbeat(untyped, 'heartbeat', { statefulSet: object, checkPort: 8080 });
  const wanted = podOf(withHeartbeat());
  for (const each of [second, untyped]) {
    const pod = podOf(each.toJson());
    expect(pod.initContainers).toEqual(wanted.initContainers);
    expect(pod.containers[0].lifecycle).toEqual(wanted.containers[0].lifecycle);
    expect(pod.containers[0].resources.limits.memory).toBe('208Mi');
  }
});

test('what does not change gives what does not change', () =>
  expect(withHeartbeat({ service })).toEqual(withHeartbeat({ service })));

test.each<[string, string[]]>([
  ["'failover' is '1 s': a lease has whole seconds", problemsWith({ failover: Heartbeat.within(Duration.seconds(1)) })],
  ["'failover' is '2.5 s'", problemsWith({ failover: Heartbeat.within(Duration.millis(2500)) })],
  ["'failover' is '61 s'", problemsWith({ failover: Heartbeat.within(Duration.seconds(61)) })],
  ["'statefulSet' is 'shop': it has one replica; give it two", problemsWith({}, {}, 1)],
  ["'container' is 'web': name one of engine", problemsWith({ container: 'web' })],
  ["'checkPort' is 0: write a port, from 1 to 65535", problemsWith({ checkPort: 0 })],
  ["'checkPath' is 'up': write a path, such as '/healthy'", problemsWith({ checkPath: 'up' })],
  ["'checkPath' is '/a\\nb': write a path of a URL, such as '/healthy'", problemsWith({ checkPath: '/a\nb' })],
  ["'nodeImage' is 'node:latest'", problemsWith({ nodeImage: 'node:latest' })],
  [
    "'service' is 'a spec with a selector': leave it out: the agents",
    problemsWith({ service: { ...service, selector: { app: 'shop' } } }),
  ],
  [
    "'service' is 'a spec without the numbers of its ports': write ports, with targetPort",
    problemsWith({ service: { type: 'ClusterIP' } }),
  ],
  [
    'its engine has a preStop hook',
    problemsWith(
      {},
      {
        containers: [
          {
            name: 'engine',
            image: 'nginx:1.30',
            lifecycle: { preStop: {} },
            resources: { limits: { memory: k8s.Quantity.fromString('1Gi') } },
          },
        ],
      },
    ),
  ],
  ['give that container more', problemsWith({}, { containers: [{ name: 'engine', image: 'nginx:1.30' }] })],
])('says: %s', (text, found) => {
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(text);
  expect(found[0]).toContain('shop/heartbeat');
});

test('the example of the documentation is a pair', () => {
  const pod = podOf(new Shop(Testing.app(), 'shop').toJson());
  expect(pod.initContainers.map(({ name }: Manifest) => name)).toEqual(['heartbeat']);
});

test('a Deployment is refused, as its pods do not keep their names', () => {
  const at = new Chart(new App(), 'shop');
  const statefulSet = new ApiObject(at, 'set', { apiVersion: 'apps/v1', kind: 'Deployment' });
  const { node } = new Heartbeat(at, 'heartbeat', { statefulSet, checkPort: 80 });
  expect(problems(at)).toEqual([
    `[${node.path}] 'statefulSet' is 'Deployment': write a StatefulSet, whose pods keep their names`,
  ]);
});
