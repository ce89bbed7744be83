import { Duration, Size } from 'cdk8s';
import { api, newSamples } from './input-samples';
import { problems } from './support';
import { ram, refuses } from './wrong-values';

refuses('Balancer', [
  ['a web tier by its name', () => ({ web: 'web' }), "'web' is 'web': write a WebTier, as new WebTier(…) makes it"],
  [
    'an address that is a name',
    () => ({ address: 'lb.example.org' }),
    "'address' is 'lb.example.org': write an IPv4 address, such as '203.0.113.7'",
  ],
  [
    'an engine by its name',
    () => ({ engine: 'nginx' }),
    "'engine' is 'nginx': write BalancerEngine.nginx(…) or BalancerEngine.perlbal(…) or BalancerEngine.haproxy(…)",
  ],
  [
    'a misspelt image',
    () => ({ engine: api.BalancerEngine.haproxy({ imag: 'x:1' }) }),
    "'engine.imag' is 'x:1': there is no property of this name; did you mean 'image'? Otherwise leave it out",
  ],
  [
    'static files by their path',
    () => ({ staticFiles: ['/x'] }),
    "'staticFiles[0]' is '/x': write StaticFiles.fromImage(…) or StaticFiles.fromText(…)",
  ],
  [
    'static files of no path',
    () => ({ staticFiles: [api.StaticFiles.fromImage('x:1', '/www', { paths: [] })] }),
    "'staticFiles' is []: it serves nothing; name one or more, as in ['/static/']",
  ],
  [
    'static files of a relative folder',
    () => ({ staticFiles: [api.StaticFiles.fromImage('x:1', 'www')] }),
    "'staticFiles' is 'www': write a folder's whole path, as '/var/www/html'",
  ],
  [
    'bodies of nothing',
    () => ({ largestBody: Size.mebibytes(0) }),
    "'largestBody' is 0 MiB: write whole KiB, as Size.kibibytes(1)",
  ],
  [
    'a mode by the name of its enum',
    () => ({ mode: 'ALL_ACTIVE' }),
    "'mode' is 'ALL_ACTIVE': write HeartbeatMode.ONE_ACTIVE or HeartbeatMode.ALL_ACTIVE",
  ],
  ['TLS in quotes', () => ({ tls: 'true' }), "'tls' is 'true': write true or false"],
]);

refuses('Balancer', [
  [
    'the address of no host',
    () => ({ address: '0.0.0.0' }),
    "'address' is '0.0.0.0': no host has it; write an address of your network",
  ],
  [
    'a port that nodes have not',
    () => ({ front: api.Front.nodePort({ http: 80 }) }),
    "'front.http' is 80: write a port of nodes, from 30000 to 32767",
  ],
  [
    'a failover of one slice',
    () => ({ slices: 1, failover: api.Heartbeat.within(Duration.seconds(3)) }),
    "'failover' is '2 s': one slice has no pair to lead; leave it out, or write two slices",
  ],
  [
    'a brace too many',
    () => ({ engine: api.BalancerEngine.nginx({ directives: '}' }) }),
    "'engine.directives' is '}': each '{' needs its '}', and no other; nginx would not start",
  ],
  ['a page of nothing', () => ({ errorPage: ' \n' }), "'errorPage' is ' \\n': write a page of HTML, or leave it out"],
  [
    'half of a character in a page',
    () => ({ errorPage: '\udfff' }),
    "'errorPage' is '\\udfff': write text without control characters",
  ],
  [
    'a page that no ConfigMap has room for',
    () => ({ maintenancePage: 'x'.repeat(300_000) }),
    expect.stringMatching(/^'maintenancePage' is 30\d{4} bytes: .*; put the largest, 'maintenance.html' of 300000/),
  ],
  [
    'a certificate in the Secret of its own',
    () => ({ tls: true, certificates: [{ secret: 'dfw-made-tls', hosts: ['www.example.com'] }] }),
    "'certificates.secret' is 'dfw-made-tls': it is that of 'tls' already; leave one of them out",
  ],
  [
    'a Secret with the name of a key',
    () => ({ tls: true, certificates: [{ secret: 'tls.key', hosts: ['www.example.com'] }] }),
    "'certificates.secret' is 'tls.key': a key of every such Secret is called so; name it otherwise",
  ],
  [
    'a limit of an empty path',
    () => ({ pathLimits: [{ path: '', requestsPerMinute: 5 }] }),
    "'pathLimits.path' is '': write a path of 200 or fewer letters, digits and '._~@+,-', such as '/admin/'",
  ],
  [
    'a redirect to a port that there is not',
    () => ({ routes: [api.Route.redirect('https://example.com:99999/', { path: '/a' })] }),
    "'routes.url' is 'https://example.com:99999/': write a URL without a query, such as 'https://example.org/new/', or a path, such as '/new/'",
  ],
  [
    'a redirect to a host with two dots',
    () => ({ routes: [api.Route.redirect('https://a..org/', { path: '/a' })] }),
    "'routes.url' is 'https://a..org/': write a URL without a query, such as 'https://example.org/new/', or a path, such as '/new/'",
  ],
  [
    'a redirect to a folder above',
    () => ({ routes: [api.Route.redirect('/../a', { path: '/b' })] }),
    "'routes.url' is '/../a': write a URL without a query, such as 'https://example.org/new/', or a path, such as '/new/'",
  ],
]);

test('two balancers with one port of the nodes, or one address, are errors', () => {
  const { site, web } = newSamples();
  const balancer = (id: string, props: object) => new api.Balancer(site, id, { ram, web, ...props });
  for (const id of ['a', 'b']) balancer(id, { front: api.Front.nodePort({ http: 30_080 }) });
  for (const id of ['c', 'd']) balancer(id, { address: '192.0.2.7' });
  expect(problems(site)).toEqual([
    "[dfw] 'roles' is dfw/a, dfw/b: both make port 30080 of each node; give one of them another id",
    "[dfw] 'roles' is dfw/c, dfw/d: both make the address 192.0.2.7; give one of them another id",
  ]);
});
