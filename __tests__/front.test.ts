import { Size } from 'cdk8s';
import { Balancer, BalancerProps, Front, FrontController, IngressProps, Route, WebTier } from '../constructs';
import { EngineName, Making, Tiers, routedBalancer, running } from './routed';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const onEach = (name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of ['nginx', 'haproxy'] as const) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};

const controller = FrontController.pods('traefik', { app: 'traefik' });
const ingress = (props: Partial<IngressProps> = {}) => Front.ingress({ className: 'traefik', controller, ...props });
const parentRef = { name: 'public', namespace: 'gateways', sectionName: 'web' };
const ports = [{ port: 8080, protocol: 'TCP' }];

function balancer(props: Partial<BalancerProps> = {}): Balancer {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  return new Balancer(site, 'lb', { ram: Size.mebibytes(256), web, ...props });
}

/** The rules by which others than the site's own pods come in. */
function letIn(objects: Manifest[]): Manifest[] {
  return ofKind(objects, 'NetworkPolicy')
    .filter(({ metadata }) => metadata.name.startsWith('dfw-lb-from-'))
    .flatMap(({ spec }) => spec.ingress ?? []);
}

test('a load balancer is the front of a balancer that has none', () => {
  expect(synth(balancer({ front: Front.loadBalancer(), tls: true }))).toEqual(synth(balancer({ tls: true })));
});

test('a port of the nodes leads to the balancers by a Service of that type', () => {
  const objects = synth(balancer({ front: Front.nodePort({ http: 30_080, https: 30_443 }), tls: true }));
  expect(find(objects, 'Service', 'dfw-lb-active').spec).toEqual({
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    ports: [
      { name: 'http', port: 80, targetPort: 8080, nodePort: 30_080, appProtocol: 'http' },
      { name: 'https', port: 443, targetPort: 8443, nodePort: 30_443, appProtocol: 'https' },
    ],
  });
  expect(letIn(objects)).toEqual([{ ports: [...ports, { port: 8443, protocol: 'TCP' }] }]);
  const { spec } = find(synth(balancer({ front: Front.nodePort(), slices: 1 })), 'Service', 'dfw-lb-active');
  expect(spec).toMatchObject({ type: 'NodePort', selector: expect.anything() });
  expect(spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }]);
});

test.each([2, 1])('an Ingress leads to the Service of %i slices, and its controller alone comes in', (slices) => {
  const annotations = { 'cert-manager.io/cluster-issuer': 'letsencrypt' };
  const objects = synth(balancer({ front: ingress({ annotations }), tls: true, slices }));
  const backend = { service: { name: 'dfw-lb-active', port: { name: 'http' } } };
  expect(find(objects, 'Ingress', 'dfw-lb')).toMatchObject({
    metadata: { namespace: 'dfw', annotations },
    spec: {
      ingressClassName: 'traefik',
      rules: [{ host: 'example.org', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      tls: [{ hosts: ['example.org'], secretName: 'dfw-lb-tls' }],
    },
  });
  const { spec } = find(objects, 'Service', 'dfw-lb-active');
  expect({ ...spec, selector: undefined }).toEqual({
    type: 'ClusterIP',
    ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }],
  });
  const peer = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'traefik' } },
    podSelector: { matchLabels: { app: 'traefik' } },
  };
  expect(letIn(objects)).toEqual([{ from: [peer], ports }]);
});

test('the policy by which the world came in before lets nobody in behind a controller', () => {
  const { spec } = find(synth(balancer({ front: ingress() })), 'NetworkPolicy', 'dfw-lb-from-anywhere');
  expect(spec).toEqual({ podSelector: expect.anything(), policyTypes: ['Ingress'], ingress: [] });
});

test('a controller outside of the cluster comes in by its networks', () => {
  const networks = FrontController.networks(['10.1.0.0/16', '10.2.0.0/16']);
  const from = ['10.1.0.0/16', '10.2.0.0/16'].map((cidr) => ({ ipBlock: { cidr } }));
  expect(letIn(synth(balancer({ front: ingress({ controller: networks }) })))).toEqual([{ from, ports }]);
});

test('the certificates are those of the Ingress, and the balancers have none', () => {
  const hosts = ['example.org', 'www.example.org', 'example.net'];
  const certificates = [{ secret: 'net', hosts: ['example.net'] }];
  const lb = balancer({ front: ingress({ hosts }), tls: true, certificates });
  const objects = synth(lb);
  expect(find(objects, 'Ingress', 'dfw-lb').spec.tls).toEqual([
    { secretName: 'dfw-lb-tls', hosts: ['example.org', 'www.example.org'] },
    { secretName: 'net', hosts: ['example.net'] },
  ]);
  expect(lb.frontObject?.kind).toBe('Ingress');
  const { volumes, containers } = find(objects, 'StatefulSet', 'dfw-lb').spec.template.spec;
  expect(JSON.stringify([volumes, containers])).not.toMatch(/dfw-lb-tls|"containerPort":8443/);
  expect(Object.keys(find(objects, 'ConfigMap', 'required-secrets').data)).toEqual(
    expect.arrayContaining(['dfw-lb-tls', 'net']),
  );
});

test('a Gateway gets an HTTPRoute for the hosts of the routes', () => {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  const routes = [Route.to(web, { host: 'api.example.org' })];
  const front = Front.gateway({ parentRef, controller });
  const lb = new Balancer(site, 'lb', { ram: Size.mebibytes(256), web, routes, front });
  const { apiVersion, spec } = find(synth(lb), 'HTTPRoute', 'dfw-lb');
  expect(apiVersion).toBe('gateway.networking.k8s.io/v1');
  expect(spec).toEqual({
    parentRefs: [parentRef],
    hostnames: ['example.org', 'api.example.org'],
    rules: [{ backendRefs: [{ name: 'dfw-lb-active', port: 80 }] }],
  });
  expect(letIn(synth(lb))).toHaveLength(1);
});

const behind =
  (props: Partial<BalancerProps>): Making =>
  ({ web }: Tiers) => ({ web: web!, front: ingress(), ...props });
const says = (...headers: string[]) => headers.flatMap((header) => ['-H', header]);

onEach('the controller is believed about the last client alone', (engine) =>
  running(engine, ['web'], behind({}), async ({ ask, requests }) => {
    const seen = async (...headers: string[]) => {
      expect((await ask('example.org', '/', ...says(...headers))).status).toBe(200);
      const { headers: told } = requests.at(-1)!;
      return [told['x-forwarded-for'], told['x-real-ip'], told['x-forwarded-proto']];
    };
    const spoofed = 'X-Forwarded-For: 10.244.0.9, 192.0.2.7';
    expect(await seen(spoofed, 'X-Forwarded-Proto: https')).toEqual(['192.0.2.7', '192.0.2.7', 'https']);
    expect(await seen('X-Forwarded-Proto: gopher')).toEqual(['127.0.0.1', '127.0.0.1', 'http']);
  }),
);

onEach('a CDN before the controller is believed if it is trusted', (engine) =>
  running(engine, ['web'], behind({ trustedProxies: ['198.51.100.0/24'] }), async ({ ask, requests }) => {
    const client = async (chain: string) => {
      await ask('example.org', '/', ...says(`X-Forwarded-For: ${chain}`));
      return requests.at(-1)!.headers['x-forwarded-for'];
    };
    expect(await client('192.0.2.1, 192.0.2.7, 198.51.100.3')).toBe('192.0.2.7');
    expect(await client('198.51.100.3, 192.0.2.7')).toBe('192.0.2.7');
  }),
);

onEach('with certificates, what came to the controller by HTTP is led to HTTPS, once', (engine) =>
  running(engine, ['web'], behind({ tls: true }), async ({ ask }) => {
    const plain = await ask('example.org', '/a?b', ...says('X-Forwarded-Proto: http'));
    expect([plain.status, plain.location]).toEqual([308, 'https://example.org/a?b']);
    expect((await ask('example.org', '/a?b', ...says('X-Forwarded-Proto: https'))).status).toBe(200);
  }),
);

onEach('a cookie that came by HTTPS to the controller goes back by HTTPS alone', (engine) => {
  const make =
    (tls: boolean): Making =>
    ({ web, canary }) => ({
      routes: [
        Route.split(
          [
            { web: web!, weight: 1 },
            { web: canary!, weight: 1 },
          ],
          { cookie: 'variant' },
        ),
      ],
      front: ingress(),
      tls,
    });
  const cookie = async (tls: boolean) => {
    let found: string | undefined;
    await running(engine, ['web', 'canary'], make(tls), async ({ ask }) => {
      found = (await ask('example.org', '/', ...says('X-Forwarded-Proto: https'))).cookie;
    });
    return found;
  };
  return Promise.all([cookie(true), cookie(false)]).then(([secure, plain]) => {
    expect(secure).toMatch(/^variant=dfw-\w+; .*Secure/);
    expect(plain).not.toMatch(/Secure/);
  });
});

test.each([
  [{ httpsOnly: true }, false, true],
  [{ httpsOnly: false }, true, false],
])('with %p the controller’s word on the protocol decides', (props, tls, leads) => {
  const { data } = ofKind(synth(balancer({ front: ingress(props), tls })), 'ConfigMap').find(({ metadata }) =>
    metadata.name.startsWith('dfw-lb-config'),
  );
  expect(data['nginx.conf'].includes('return 308')).toBe(leads);
});

test('clients behind the controller have their limits each, and connections of the controller none', () =>
  expect(
    ofKind(synth(balancer({ front: ingress() })), 'ConfigMap').find(({ metadata }) =>
      metadata.name.startsWith('dfw-lb-config'),
    ).data['nginx.conf'],
  ).toMatch(/geo \$is_proxy \{\n {4}default 1;\n/));

const pods = (namespace: string, labels: Record<string, string>) =>
  ingress({ controller: FrontController.pods(namespace, labels) });
const networks = (...cidrs: string[]) => ingress({ controller: FrontController.networks(cidrs) });

test.each<[Partial<BalancerProps>, string]>([
  [
    { front: ingress(), address: '203.0.113.7' },
    "'address' is '203.0.113.7': no load balancer is asked for it; leave it out, or write Front.loadBalancer()",
  ],
  [
    { front: Front.nodePort(), address: '203.0.113.7' },
    "'address' is '203.0.113.7': no load balancer is asked for it; leave it out, or write Front.loadBalancer()",
  ],
  [
    { front: Front.nodePort({ https: 30_443 }) },
    "'front.https' is 30443: the balancer serves no HTTPS; leave it out, or write tls: true",
  ],
  [
    { front: Front.nodePort({ http: 30_080, https: 30_080 }), tls: true },
    "'front.https' is 30080: HTTP has that port; write another",
  ],
  [{ front: Front.nodePort({ http: 0 }) }, "'front.http' is 0: write a port of nodes, from 30000 to 32767"],
  [{ front: ingress({ hosts: [] }) }, "'front.hosts' is []: name one or more, or leave it out"],
  [
    { front: ingress({ hosts: ['Example.org:80'] }) },
    "'front.hosts' is 'Example.org:80': write a host in lower case without a port, such as 'www.example.org' or '*.example.org'",
  ],
  [
    { front: ingress({ hosts: ['example.org', 'example.org'] }) },
    "'front.hosts[1]' is 'example.org': it is there twice; leave one of them out",
  ],
  [
    {
      front: ingress({ hosts: ['example.org', 'example.net'] }),
      certificates: [{ secret: 'a', hosts: ['example.org'] }],
    },
    "'front.hosts' is 'example.net': no certificate is for it; add it to the hosts of one",
  ],
  [
    { front: networks('0.0.0.0/0') },
    "'front.controller' is '0.0.0.0/0': everyone could pass the controller by; write its networks",
  ],
  [{ front: networks() }, "'front.controller' is []: name one or more, or leave it out"],
  [
    { front: pods('traefik', {}) },
    "'front.controller' is 'traefik': write the labels of its pods, as { 'app.kubernetes.io/name': 'traefik' }",
  ],
  [
    { front: Front.gateway({ parentRef, controller }), tls: true },
    "'tls' is true: the Gateway's listeners have the certificates; leave it out, or write Front.ingress()",
  ],
])('%p is an error', (props, message) => {
  expect(problems(balancer(props))).toEqual([`[dfw/lb] ${message}`]);
});

test.each<[Partial<BalancerProps>, RegExp]>([
  [{ front: ingress({ className: 'No Class' }) }, /'front.className' is 'No Class': /],
  [{ front: ingress({ annotations: { 'a b': 'c' } }) }, /'front.annotations' is 'a b': /],
  [{ front: pods('No', { a: 'b' }) }, /'front.controller' is 'No': /],
  [{ front: pods('traefik', { 'a b': 'c' }) }, /'front.controller' is 'a b': /],
  [{ front: networks('10.1.2.3') }, /'front.controller' is '10.1.2.3': write addresses/],
  [{ front: Front.gateway({ parentRef: { name: 'No' }, controller }) }, /'front.parentRef.name' is 'No': /],
  [
    { front: Front.gateway({ parentRef: { name: 'a', namespace: 'No' }, controller }) },
    /'front.parentRef.namespace' is 'No': /,
  ],
  [
    { front: Front.gateway({ parentRef: { name: 'a', sectionName: 'No' }, controller }) },
    /'front.parentRef.sectionName' is 'No': /,
  ],
  [
    { front: Front.gateway({ parentRef, controller }), certificates: [{ secret: 'a', hosts: ['example.org'] }] },
    /'certificates' is .*: the Gateway's listeners have the certificates/,
  ],
])('%p is an error, too', (props, message) => {
  expect(problems(balancer(props))).toEqual([expect.stringMatching(message)]);
});

test('a route whose host the front does not let through is an error', () => {
  const make: Making = ({ web }) => ({
    routes: [Route.to(web!), Route.to(web!, { host: 'api.example.org' }), Route.to(web!, { host: 'a.example.net' })],
    front: ingress({ hosts: ['example.org', '*.example.org'] }),
  });
  expect(problems(routedBalancer(['web'], make))).toEqual([
    "[dfw/lb] 'routes.host' is 'a.example.net': no request for it passes the front; add it to the hosts of that",
  ]);
});

test('a Gateway takes 16 hosts, an Ingress any number', () => {
  const hosts = (count: number) => Array.from({ length: count }, (_, index) => `h${index}.example.org`);
  const gateway = (count: number) => Front.gateway({ parentRef, controller, hosts: hosts(count) });
  expect(problems(balancer({ front: gateway(16) }))).toEqual([]);
  expect(problems(balancer({ front: gateway(17) }))).toEqual([
    "[dfw/lb] 'front.hosts' is 17: an HTTPRoute takes 16; write hosts with '*.example.org' for many of them",
  ]);
  expect(problems(balancer({ front: ingress({ hosts: hosts(40) }) }))).toEqual([]);
});

test('Perlbal stands behind no controller', () => {
  const instead = 'Perlbal believes no proxy who its client is; leave it out, or write BalancerEngine.nginx()';
  for (const [front, name] of [
    [ingress(), 'Front.ingress()'],
    [Front.gateway({ parentRef, controller }), 'Front.gateway()'],
  ] as const)
    expect(problems(routedBalancer(['web'], ({ web }) => ({ web: web!, front }), 'perlbal'))).toEqual([
      `[dfw/lb] 'front' is '${name}': ${instead}`,
    ]);
  for (const front of [Front.nodePort(), Front.loadBalancer()])
    expect(problems(routedBalancer(['web'], ({ web }) => ({ web: web!, front }), 'perlbal'))).toEqual([]);
});
