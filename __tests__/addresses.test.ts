import { addressesOf, sentence } from '../cli/addresses';
import { Cluster } from '../cli/cluster';

const metadata = (name: string, more: object = {}) => ({
  name,
  namespace: 'dfw',
  labels: { 'app.kubernetes.io/name': 'lb', 'app.kubernetes.io/part-of': 'dfw', ...more },
});

interface Objects {
  readonly services?: object[];
  readonly ingresses?: object[];
  readonly httpRoutes?: object[];
  readonly gateway?: object;
  readonly pods?: object[];
  readonly node?: object;
}

async function told(objects: Objects): Promise<string[]> {
  const asked: string[] = [];
  const list =
    (items: object[] = []) =>
    async (selector: string) => {
      asked.push(selector);
      return items;
    };
  const cluster = {
    services: list(objects.services),
    ingresses: list(objects.ingresses),
    httpRoutes: list(objects.httpRoutes),
    pods: list(objects.pods),
    gateway: async (...of: string[]) => (of.join('/') === 'gateways/public' ? objects.gateway : undefined),
    node: async (name: string) => (name === 'node2' ? objects.node : undefined),
  } as unknown as Cluster;
  const found = await addressesOf(cluster, 'of=dfw');
  expect(new Set(asked)).toEqual(new Set(['of=dfw']));
  return found.map(sentence);
}

const loadBalancer = (...ingress: object[]) => ({
  metadata: metadata('dfw-lb-active'),
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }, { port: 443 }] },
  status: { loadBalancer: { ingress } },
});

test('a load balancer answers at its addresses, or its name', async () => {
  const others = { metadata: metadata('dfw-lb01'), spec: { type: 'ClusterIP', ports: [{ port: 80 }] } };
  expect(await told({ services: [loadBalancer({ ip: '192.0.2.7' }), others] })).toEqual([
    'lb answers at 192.0.2.7, port 80, 443',
  ]);
  expect(await told({ services: [loadBalancer({ hostname: 'a1.elb.example', ip: '192.0.2.7' })] })).toEqual([
    'lb answers at a1.elb.example, port 80, 443',
  ]);
  expect(await told({ services: [loadBalancer()] })).toEqual([
    'lb answers at no address yet: the cluster needs something that gives Services of type LoadBalancer one',
  ]);
});

describe('a port of the nodes', () => {
  const services = [
    {
      metadata: metadata('dfw-lb-active'),
      spec: {
        type: 'NodePort',
        ports: [
          { port: 80, nodePort: 30_080 },
          { port: 443, nodePort: 30_443 },
        ],
      },
    },
  ];
  const pod = (number: number, part: string | undefined, ready = 'True', role = 'lb') => ({
    metadata: metadata(`dfw-${role}-${number}`, {
      'app.kubernetes.io/name': role,
      ...(part !== undefined && { 'cdk8s-slices/instance-role': part }),
    }),
    spec: { nodeName: `node${number}` },
    status: { hostIP: `10.0.0.${number}`, conditions: [{ type: 'Ready', status: ready }] },
  });

  test('is that of the node with the active slice', async () => {
    const pods = [pod(1, 'standby'), pod(2, 'active'), pod(3, undefined, 'True', 'web')];
    expect(await told({ services, pods })).toEqual(['lb answers at 10.0.0.2, port 30080, 30443']);
    const node = {
      status: {
        addresses: [
          { type: 'InternalIP', address: '10.0.0.2' },
          { type: 'ExternalIP', address: '203.0.113.2' },
        ],
      },
    };
    expect(await told({ services, pods, node })).toEqual(['lb answers at 203.0.113.2, port 30080, 30443']);
  });

  test('is that of the node of the only slice, which has no part', async () => {
    expect(await told({ services, pods: [pod(1, undefined)] })).toEqual(['lb answers at 10.0.0.1, port 30080, 30443']);
  });

  test('answers nowhere while no active slice is ready', async () => {
    expect(await told({ services, pods: [pod(1, 'standby'), pod(2, 'active', 'False')] })).toEqual([
      'lb answers at no address yet: no node has an active slice that is ready',
    ]);
  });
});

describe('an Ingress', () => {
  const ingress = (tls: object[], ...given: object[]) => ({
    metadata: metadata('dfw-lb'),
    spec: { ingressClassName: 'traefik', rules: [{ host: 'example.org' }, { host: 'www.example.org' }], tls },
    status: { loadBalancer: { ingress: given } },
  });

  test("has its controller's address, and the hosts whose requests come in", async () => {
    expect(await told({ ingresses: [ingress([], { ip: '192.0.2.10' })] })).toEqual([
      'lb answers at 192.0.2.10, port 80, for example.org, www.example.org (Ingress dfw-lb)',
    ]);
    expect(await told({ ingresses: [ingress([{ secretName: 'dfw-lb-tls' }], { ip: '192.0.2.10' })] })).toEqual([
      'lb answers at 192.0.2.10, port 80, 443, for example.org, www.example.org (Ingress dfw-lb)',
    ]);
  });

  test('without an address names the class whose controller gives none', async () => {
    expect(await told({ ingresses: [ingress([])] })).toEqual([
      "lb answers at no address yet, for example.org, www.example.org (Ingress dfw-lb): the controller of class 'traefik' has not published one",
    ]);
  });
});

describe('an HTTPRoute', () => {
  const route = (namespace = 'gateways', status = {}) => ({
    metadata: metadata('dfw-lb'),
    spec: { hostnames: ['example.org'], parentRefs: [{ name: 'public', namespace, sectionName: 'web' }] },
    status,
  });
  const gateway = (...values: string[]) => ({
    spec: {
      listeners: [
        { name: 'web', port: 80 },
        { name: 'mail', port: 25 },
      ],
    },
    status: { addresses: values.map((value) => ({ type: 'IPAddress', value })) },
  });

  test("has its Gateway's addresses, and the ports of the listeners that it joins", async () => {
    expect(await told({ httpRoutes: [route()], gateway: gateway('192.0.2.11', '192.0.2.12') })).toEqual([
      'lb answers at 192.0.2.11, 192.0.2.12, port 80, for example.org (HTTPRoute dfw-lb)',
    ]);
  });

  test('that nobody reaches says why', async () => {
    const start = 'lb answers at no address yet, for example.org (HTTPRoute dfw-lb): ';
    expect(await told({ httpRoutes: [route()], gateway: gateway() })).toEqual([
      `${start}the Gateway gateways/public has none`,
    ]);
    expect(await told({ httpRoutes: [route('elsewhere')], gateway: gateway('192.0.2.11') })).toEqual([
      `${start}there is no Gateway elsewhere/public, or you may not read it`,
    ]);
    const message = 'the listener lets routes of its own namespace join';
    const conditions = [{ type: 'Accepted', status: 'False', reason: 'NotAllowedByListeners', message }];
    const refused = route('gateways', { parents: [{ conditions }] });
    expect(await told({ httpRoutes: [refused], gateway: gateway('192.0.2.11') })).toEqual([
      `${start}its Gateway refuses it: ${message}`,
    ]);
  });
});
