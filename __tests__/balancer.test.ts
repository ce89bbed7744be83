import { Duration, Size } from 'cdk8s';
import {
  Balancer,
  BalancerEngine,
  BalancerProps,
  BlobEngine,
  BlobStore,
  Durability,
  Heartbeat,
  HeartbeatMode,
  ReplicatedMySQL,
  StaticFiles,
  WebServer,
  WebTier,
} from '../constructs';
import { haproxyClientLimit } from '../constructs/balancer/haproxy-sizes';
import { clientLimit } from '../constructs/balancer/nginx-sizes';
import { perlbalClientLimit } from '../constructs/balancer/perlbal';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const ram = Size.mebibytes(256);
const image = 'example.org/site:1';

function balancer(props: Partial<BalancerProps> = {}) {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.gibibytes(1), image });
  return new Balancer(site, 'lb', { ram, web, ...props });
}

function configuration(props: Partial<BalancerProps> = {}): Record<string, string> {
  const configs = ofKind(synth(balancer(props)), 'ConfigMap');
  return configs.find((each) => each.metadata.name.startsWith('dfw-lb-config')).data;
}

test.each([
  [128, 832],
  [256, 1856],
  [1024, 8000],
  [16384, 130880],
])('with %i MiB of RAM, nginx serves %i clients at once', (mebibytes, clients) => {
  expect(clientLimit(mebibytes)).toBe(clients);
});

test.each([
  [128, 256],
  [256, 768],
  [1024, 3840],
  [16384, 65280],
])('with %i MiB of RAM, Perlbal serves %i clients at once', (mebibytes, clients) => {
  expect(perlbalClientLimit(mebibytes)).toBe(clients);
});

test.each([
  [128, 640],
  [256, 1664],
  [1024, 7808],
  [16384, 130688],
])('with %i MiB of RAM, HAProxy serves %i clients at once', (mebibytes, clients) => {
  expect(haproxyClientLimit(mebibytes)).toBe(clients);
});

test("nginx' room for web slices and for addresses follows from what is declared", () => {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.gibibytes(1), image, slices: 2, scaling: { max: 99 } });
  const lb = new Balancer(site, 'lb', { ram: Size.gibibytes(16), web, slices: 1 });
  const { data } = ofKind(synth(lb), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config'));
  const kibibytes = (zone: string) => Number(new RegExp(`zone.${zone}.(\\d+)k`).exec(data['nginx.conf'])?.[1]);
  // 64 KiB hold 47 slices; an address takes 64 bytes.
  expect(kibibytes('dfw-web')).toBeGreaterThan((2 * 99 * 64) / 47);
  for (const zone of ['clients', 'addresses']) expect(kibibytes(zone)).toBeGreaterThan((130_880 * 64) / 1024);
  const limit = (name: string) => Number(new RegExp(`${name} (\\d+);`).exec(data['nginx.conf'])?.[1]);
  // In two shares: nginx counts no further than 65,535.
  expect(limit('limit_conn all')).toBe(130_880 / 2);
  expect(limit('worker_connections')).toBeGreaterThan(4 * 130_880);
  expect(limit('worker_rlimit_nofile')).toBeGreaterThan(limit('worker_connections'));
});

test("the site's address keeps the client's own, and leads to the slice that the agents say", () => {
  const { spec } = find(synth(balancer()), 'Service', 'dfw-lb-active');
  expect(spec).toEqual({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }],
  });
});

test.each([1, 2])('with %i slices, the site may have an address that it had before', (slices) => {
  const { spec } = find(synth(balancer({ slices, address: '203.0.113.7' })), 'Service', 'dfw-lb-active');
  expect(spec).toMatchObject({ type: 'LoadBalancer', loadBalancerIP: '203.0.113.7', externalTrafficPolicy: 'Local' });
});

test('one slice alone has the address without an agent, and Kubernetes replaces it where its node is lost', () => {
  const lb = balancer({ slices: 1 });
  const objects = synth(lb);
  expect(find(objects, 'Service', 'dfw-lb-active').spec.selector).toBeDefined();
  const { initContainers, tolerations } = find(objects, 'Deployment', 'dfw-lb').spec.template.spec;
  expect(initContainers).toBeUndefined();
  expect(tolerations).toHaveLength(2);
  expect([lb.statefulSet, lb.heartbeat]).toEqual([undefined, undefined]);
});

test('a pair is a StatefulSet, whose pods its agents know by their names', () => {
  const lb = balancer();
  expect(find(synth(lb), 'StatefulSet', 'dfw-lb').spec.replicas).toBe(2);
  expect(lb.deployment).toBeUndefined();
});

test('the agent is taken out of the RAM of the engine', () => {
  const pod = find(synth(balancer()), 'StatefulSet', 'dfw-lb').spec.template.spec;
  expect(pod.initContainers[0]).toMatchObject({ name: 'heartbeat', resources: { limits: { memory: '48Mi' } } });
  expect(pod.containers[0].resources.limits.memory).toBe('208Mi');
});

test('both slices may hold the address at once', () => {
  const configs = ofKind(synth(balancer({ mode: HeartbeatMode.ALL_ACTIVE })), 'ConfigMap');
  const agent = configs.find((each) => each.metadata.name.startsWith('dfw-lb-heartbeat'));
  expect(JSON.parse(agent.data['config.json']).traffic.everyone).toBe(true);
});

test('nginx tries one address that leads to any web slice which can serve, so that no page waits for DNS', () => {
  expect(find(synth(balancer()), 'Service', 'dfw-web-any').spec.clusterIP).toBeUndefined();
  const tries = configuration()['nginx.conf']?.match(
    /^ +server dfw-web-any\.dfw\.svc\.cluster\.local:80 resolve .*;$/gm,
  );
  expect(tries).toHaveLength(4);
});

test('Perlbal looks for the addresses of the web slices that can serve', () => {
  const set = find(synth(balancer({ engine: BalancerEngine.perlbal() })), 'StatefulSet', 'dfw-lb');
  expect(JSON.stringify(set)).toContain('dfw-web-ready.dfw.svc.cluster.local');
});

test('what a balancer asked of a slice that died since is given up after 5 s', () => {
  const { sysctls } = find(synth(balancer()), 'StatefulSet', 'dfw-lb').spec.template.spec.securityContext;
  const value = (name: string) =>
    Number(sysctls.find((each: Manifest) => each.name === `net.ipv4.tcp_keepalive_${name}`).value);
  expect(value('time') + value('intvl') * value('probes')).toBe(5);
  expect(configuration()['nginx.conf']).toContain('proxy_socket_keepalive on;');
});

test('what a client says of itself never reaches the web tier, what it is does', () => {
  const { 'nginx.conf': nginx } = configuration();
  expect(nginx).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
  const { 'perlbal.conf': perlbal } = configuration({ engine: BalancerEngine.perlbal() });
  expect(perlbal).toContain('SET always_trusted = off');
});

test('static files are served by the balancers themselves', () => {
  const staticFiles = [
    StaticFiles.fromText({ '/robots.txt': 'User-agent: *\n' }),
    StaticFiles.fromImage(image, '/srv/htdocs', { paths: ['/stc/', '/img/'] }),
  ];
  expect(configuration({ staticFiles })['nginx.conf']).toMatch(/location = \/robots.txt \{\n\s+root \/srv\/static;/);
  expect(configuration({ staticFiles })['nginx.conf']).toMatch(/location \^~ \/img\/ \{\n\s+root \/srv\/static;/);
  expect(configuration({ staticFiles, engine: BalancerEngine.perlbal() })['perlbal.conf']).toContain(
    'VPATH ^/robots\\x2etxt(?:\\x3f|$) = static\n  VPATH ^/stc/ = static\n  VPATH ^/img/ = static',
  );
  const pod = find(synth(balancer({ staticFiles })), 'StatefulSet', 'dfw-lb').spec.template.spec;
  const copy = pod.initContainers[1];
  expect(copy).toMatchObject({
    image,
    command: ['/bin/sh', '-c', expect.any(String), 'copy', '/srv/htdocs', '/stc/', '/img/'],
  });
});

test('texts are copied by the image of the engine, each to its path, whatever their names', () => {
  const staticFiles = [StaticFiles.fromText({ '/a/b': 'one', '/a_b': 'two', '/.well-known/a~b+c@d': 'three' })];
  const objects = synth(balancer({ staticFiles, engine: BalancerEngine.nginx({ image: 'example.org/nginx:1' }) }));
  const { initContainers, volumes } = find(objects, 'StatefulSet', 'dfw-lb').spec.template.spec;
  expect(initContainers.at(-1)).toMatchObject({ name: 'static-texts', image: 'example.org/nginx:1' });
  const { name, items } = volumes.find((each: { name: string }) => each.name === 'texts').configMap;
  const { data } = find(objects, 'ConfigMap', name);
  expect(items.map(({ key, path }: { key: string; path: string }) => [path, data[key]])).toEqual([
    ['a/b', 'one'],
    ['a_b', 'two'],
    ['.well-known/a~b+c@d', 'three'],
  ]);
});

test.each([
  ['Debian', WebServer.apache(), '/var/www/html'],
  ['httpd', WebServer.httpd(), '/usr/local/apache2/htdocs'],
  ['the site', WebServer.apache({ documentRoot: '/srv/htdocs' }), '/srv/htdocs'],
])('static files of the web tier are copied from the document root of %s', (_, server, folder) => {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram, image, server });
  const lb = new Balancer(site, 'lb', { ram, web, staticFiles: [web.staticFiles(['/img/'])] });
  const copy = find(synth(lb), 'StatefulSet', 'dfw-lb').spec.template.spec.initContainers[1];
  expect(copy).toMatchObject({ image, command: ['/bin/sh', '-c', expect.any(String), 'copy', folder, '/img/'] });
});

test('with TLS, HTTP leads there, and the certificate is on the list of Secrets to make', () => {
  const objects = synth(balancer({ tls: true }));
  expect(find(objects, 'Service', 'dfw-lb-active').spec.ports.map((each: { port: number }) => each.port)).toEqual([
    80, 443,
  ]);
  expect(JSON.parse(find(objects, 'ConfigMap', 'required-secrets').data['dfw-lb-tls'])).toEqual({
    namespaces: ['dfw'],
    keys: { tls: 'certificate' },
    hosts: ['example.org', '*.example.org'],
  });
  expect(configuration({ tls: true })['nginx.conf']).toContain('return 308 https://$host$request_uri;');
  const perlbal = configuration({ tls: true, engine: BalancerEngine.perlbal() });
  expect(perlbal['perlbal.conf']).toMatch(
    /listen = 0.0.0.0:8080\n  SET role = web_server\n.*\n  SET plugins = https, guard\n/,
  );
  expect(perlbal['perlbal.conf']).toMatch(/listen = 0.0.0.0:8443\n  SET role = selector\n/);
  expect(perlbal['Https.pm']).toContain('308, [ Location => "https://$host$path"');
  expect(configuration({ engine: BalancerEngine.perlbal() })['Https.pm']).toBeUndefined();
});

test('what may be asked twice is asked again where nginx gave up, and nothing else is', () => {
  const { 'nginx.conf': nginx } = configuration();
  expect(nginx).toContain('error_page 502 504 = @again;');
  expect(nginx).toMatch(/if \(\$request_method !~ \^\(GET\|HEAD\)\$\) \{ return 502; \}\n\s+proxy_pass/);
});

test('the body of a request is bounded', () => {
  const largestBody = Size.mebibytes(2);
  expect(configuration({ largestBody })['nginx.conf']).toContain('client_max_body_size 2048k;');
});

test('Perlbal waits longer for an answer of the web tier than for the headers of a client', () => {
  for (const tls of [false, true]) {
    const { 'perlbal.conf': perlbal } = configuration({ tls, engine: BalancerEngine.perlbal() });
    const services = perlbal!.split('CREATE SERVICE ').filter((each) => /^(to_dfw_web|front|tls_front)\n/.test(each));
    // What stands before the role is forgotten when it is set.
    const timeouts = services.map((each) =>
      /^(\w+)[^]*SET role = [^]*SET idle_timeout = (\d+)/.exec(each)?.slice(1, 3),
    );
    expect(timeouts).toEqual([['to_dfw_web', '60'], ['front', '10'], ...(tls ? [['tls_front', '10']] : [])]);
  }
});

test("Perlbal's names have no hyphens", () => {
  const files = configuration({ engine: BalancerEngine.perlbal() });
  expect(
    files['perlbal.conf']?.match(/^(CREATE \w+|ENABLE) (\S+)$/gm)?.every((line) => /^[A-Z ]+ [a-z0-9_]+$/.test(line)),
  ).toBe(true);
});

test('Perlbal is given the addresses of pods, and starts once there is a file of them', () => {
  const objects = synth(balancer({ engine: BalancerEngine.perlbal() }));
  expect(find(objects, 'Service', 'dfw-web-ready').spec.clusterIP).toBe('None');
  const { initContainers, containers } = find(objects, 'StatefulSet', 'dfw-lb').spec.template.spec;
  const nodes = initContainers.find(({ name }: { name: string }) => name === 'nodes');
  expect(nodes.startupProbe.exec.command).toEqual(['test', '-s', '/run/perlbal/dfw_web.nodes']);
  const mounted = containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
  expect(mounted).toEqual(expect.arrayContaining(['/run/perlbal', '/srv/static']));
});

test.each<[string, Partial<BalancerProps>, string]>([
  [
    'too little RAM',
    { ram: Size.mebibytes(64) },
    "[dfw/lb] 'ram' is 64 MiB: half of it is for clients; write Size.mebibytes(128) or more",
  ],
  [
    'an image without a tag',
    { engine: BalancerEngine.nginx({ image: 'nginx' }) },
    "[dfw/lb] 'engine.image' is 'nginx': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  ...['203.0.113', '203.0.113.256', '2001:db8::7', 'www.example.org', ''].map((address): [string, object, string] => [
    `the address '${address}'`,
    { address },
    `[dfw/lb] 'address' is '${address}': write an IPv4 address, such as '203.0.113.7'`,
  ]),
  [
    'static files of an image without a tag',
    { staticFiles: [StaticFiles.fromImage('site', '/srv')] },
    "[dfw/lb] 'staticFiles' is 'site': write a name with a tag or digest that stays, such as 'nginx:1.30'",
  ],
  ...['robots.txt', 'css', '/', '//a.css', '/../a.css', '/a b; {}.txt', ''].map((path): [string, object, string] => [
    `the static path '${path}'`,
    { staticFiles: [StaticFiles.fromImage(image, '/srv', { paths: [path] })] },
    `[dfw/lb] 'staticFiles' is '${path}': write a path of letters, digits and '._~@+,-', such as '/robots.txt'`,
  ]),
  [
    'a static path of two sources',
    { staticFiles: ['/srv', '/opt'].map((folder) => StaticFiles.fromImage(image, folder)) },
    "[dfw/lb] 'staticFiles' is '/static/': two sources give it; leave it out of one of them",
  ],
  [
    'a static file that is a folder, too',
    { staticFiles: [StaticFiles.fromText({ '/a': '', '/a/b': '' })] },
    "[dfw/lb] 'staticFiles' is '/a': a file cannot be a folder, which '/a/b' needs; leave one of them out",
  ],
  [
    'a folder of an image without its end',
    { staticFiles: [StaticFiles.fromImage(image, '/srv', { paths: ['/img'] })] },
    "[dfw/lb] 'staticFiles' is '/img': write '/img/', if it is a folder; a file without an extension is given by StaticFiles.fromText()",
  ],
  [
    'a folder of an image that is no path',
    { staticFiles: [StaticFiles.fromImage(image, '-')] },
    "[dfw/lb] 'staticFiles' is '-': write a folder's whole path, as '/var/www/html'",
  ],
  [
    'a folder as a text',
    { staticFiles: [StaticFiles.fromText({ '/a/': '' })] },
    "[dfw/lb] 'staticFiles' is '/a/': write a file's path, such as '/robots.txt'",
  ],
  [
    'a largest body of nothing, which nginx takes for no bound',
    { largestBody: Size.mebibytes(0) },
    "[dfw/lb] 'largestBody' is 0 MiB: write whole KiB, as Size.kibibytes(1)",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(balancer(props))).toEqual([message]);
});

test('a failover faster than traffic can follow is an error', () => {
  const failover = Heartbeat.within(Duration.seconds(1));
  expect(problems(balancer({ failover }))).toEqual([expect.stringMatching(/^\[dfw\/lb\] 'failover' is '1 s': /)]);
});

test('a web tier of another site is an error', () => {
  const web = new WebTier(newSite('ord'), 'web', { ram, image });
  expect(problems(balancer({ web }))).toEqual([
    "[dfw/lb] 'web' is 'ord/web': it belongs to another site; name a role of 'dfw'",
  ]);
});

test('the balancers reach the ports that files are fetched from, and no other of the blob store', () => {
  const site = newSite();
  const database = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['mogilefs'],
  });
  const blobs = new BlobStore(site, 'mog', { ram, engine: BlobEngine.mogileFs({ database }) });
  const web = new WebTier(site, 'web', { ram, image });
  const lb = new Balancer(site, 'lb', { ram, web, blobs });
  expect(find(synth(lb), 'NetworkPolicy', 'dfw-lb-to-dfw-mog').spec.egress[0].ports).toEqual([
    { port: 7500, protocol: 'TCP' },
  ]);
});

test('a larger body than the site takes is refused by either engine', () => {
  const largestBody = Size.mebibytes(2);
  expect(configuration({ largestBody })['nginx.conf']).toContain('client_max_body_size 2048k;');
  const perlbal = configuration({ largestBody, engine: BalancerEngine.perlbal() });
  expect(perlbal['perlbal.conf']).toMatch(/SET role = reverse_proxy\n  SET plugins = body, client\n/);
  expect(perlbal['perlbal.conf']).toContain('max_chunked_request_size = 2048k');
});
