import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket, connect } from 'node:tls';
import { BalancerProps, Route } from '../constructs';
import { certify } from './nginx';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { find, problems, synth } from './support';
import { testWith } from './tools';

const TOOLS = {
  nginx: testWith('nginx', 'openssl'),
  haproxy: testWith('haproxy', 'openssl'),
  perlbal: testWith('perlbal', 'openssl'),
};
const onEach = (engines: EngineName[], name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of engines) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};

/** The first answer to a client of a host: whose certificate, and which protocol it can speak. */
async function shown(port: number, servername?: string): Promise<{ name: string; protocol: string | false }> {
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] };
  const socket: TLSSocket = connect({ ...options, ...(servername === undefined ? {} : { servername }) });
  await once(socket, 'secureConnect');
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return { name: String(name), protocol: socket.alpnProtocol ?? false };
}

const NET = { secret: 'example-net', hosts: ['example.net', '*.example.net'] };
const COM = { secret: 'example-com', hosts: ['example.com'] };

const two: Making = ({ web }: Tiers) => ({ web: web!, certificates: [NET, COM] });

onEach(
  ['nginx', 'haproxy'],
  'each host is shown its own certificate, any other the first, and all speak HTTP/2',
  (engine) =>
    running(
      engine,
      ['web'],
      two,
      async ({ tlsPort, askTls }) => {
        for (const [host, name] of [
          ['example.net', 'example.net'],
          ['www.example.net', 'example.net'],
          ['example.com', 'example.com'],
          ['example.org', 'example.net'],
          [undefined, 'example.net'],
        ] as const)
          expect([host, await shown(tlsPort, host)]).toEqual([
            host,
            { name, protocol: engine === 'nginx' ? expect.anything() : 'h2' },
          ]);
        expect((await askTls('example.com', '/a')).body).toBe('web /a\n');
      },
      { 'example-net': NET.hosts, 'example-com': COM.hosts },
    ),
);

const MANY = Array.from({ length: 40 }, (_, index) => ({
  secret: `s-${index}`,
  hosts: [`${'a'.repeat(50 + (index % 10))}-${index}.example.com`],
}));

onEach(['nginx', 'haproxy'], 'forty certificates are shown, of hosts with long names', (engine) =>
  running(
    engine,
    ['web'],
    ({ web }) => ({ web: web!, certificates: MANY }),
    async ({ tlsPort }) => {
      for (const { secret, hosts } of [MANY[1]!, MANY[39]!]) expect((await shown(tlsPort, hosts[0])).name).toBe(secret);
    },
    Object.fromEntries(MANY.map(({ secret, hosts }) => [secret, [secret, ...hosts]])),
  ),
);

onEach(
  ['nginx', 'haproxy', 'perlbal'],
  'a renewed certificate is shown without a restart, and no request fails meanwhile',
  (engine) =>
    running(
      engine,
      ['web'],
      ({ web }) => ({ web: web!, tls: true }),
      async ({ tlsPort, root, askTls }) => {
        expect((await shown(tlsPort, 'example.org')).name).toBe('before.example');
        certify(join(root, 'tls'), ['after.example']);
        let last = '';
        for (let left = 50; left > 0 && last !== 'after.example'; left--) {
          expect((await askTls('example.org', '/')).body).toBe('web /\n');
          last = (await shown(tlsPort, 'example.org')).name;
          await sleep(100);
        }
        expect(last).toBe('after.example');
      },
      { '': ['before.example'] },
    ),
);

test('nginx keeps a certificate for a minute at most, so that it reads no file for each client', () => {
  const lb = routedBalancer(['web'], ({ web }) => ({ web: web!, tls: true }));
  expect(filesOf(lb)['nginx.conf']).toContain('ssl_certificate_cache max=1000 valid=60s;');
});

test('Secrets of others are named and never made up, and the pod has all of them in one folder', () => {
  const objects = synth(routedBalancer(['web'], (tiers, site) => ({ ...two(tiers, site), tls: true })));
  const required = find(objects, 'ConfigMap', 'required-secrets').data;
  for (const secret of ['example-net', 'example-com'])
    expect(JSON.parse(required[secret]).keys).toEqual({ 'tls.crt': 'given', 'tls.key': 'given' });
  expect(JSON.parse(required['dfw-lb-tls']).hosts).toEqual(['example.org', '*.example.org']);
  const { volumes } = find(objects, 'StatefulSet', 'dfw-lb').spec.template.spec;
  const { sources } = volumes.find(({ name }: { name: string }) => name === 'tls').projected;
  expect(
    sources.map(({ secret }: { secret: { name: string; items: { path: string }[] } }) => [
      secret.name,
      secret.items[0]!.path,
    ]),
  ).toEqual([
    ['dfw-lb-tls', 'tls.crt'],
    ['example-net', 'example-net/tls.crt'],
    ['example-com', 'example-com/tls.crt'],
  ]);
  expect(find(objects, 'Service', 'dfw-lb-active').spec.ports).toHaveLength(2);
});

test.each<[string, (tiers: Tiers) => Partial<BalancerProps>, string]>([
  ['no certificate', () => ({ certificates: [] }), "'certificates' is []: name one or more, or leave it out"],
  [
    'a Secret that is none',
    () => ({ certificates: [{ secret: 'A B', hosts: ['example.net'] }] }),
    "'certificates.secret' is 'A B': write a name of lower-case letters, digits, '-' and '.'",
  ],
  [
    'a certificate for no host',
    () => ({ certificates: [{ secret: 'a', hosts: [] }] }),
    "'certificates.hosts' is []: name the hosts that it is for, as ['example.org']",
  ],
  [
    'a host that is none',
    () => ({ certificates: [{ secret: 'a', hosts: ['example.net:443'] }] }),
    "'certificates.hosts' is 'example.net:443': write a host in lower case without a port, such as 'api.example.org' or '*.example.org'",
  ],
  [
    'a host of two certificates',
    () => ({ certificates: [NET, { secret: 'a', hosts: ['example.net'] }] }),
    "'certificates.hosts' is 'example.net': two certificates have it; leave it out of one of them",
  ],
  [
    'a Secret that is there twice',
    () => ({ certificates: [NET, { secret: 'example-net', hosts: ['example.com'] }] }),
    "'certificates.secret' is 'example-net': it is there twice; name all of its hosts once",
  ],
  [
    'a route whose host has no certificate',
    ({ web }) => ({ certificates: [NET], routes: [Route.to(web!, { host: 'a.b.example.net' })] }),
    "'routes.host' is 'a.b.example.net': no certificate is for it; add it to the hosts of one",
  ],
])('%s is an error', (_, make, message) => {
  expect(problems(routedBalancer(['web'], (tiers) => ({ web: tiers['web']!, ...make(tiers) })))).toEqual([
    `[dfw/lb] ${message}`,
  ]);
});

test('with Perlbal, a second certificate is an error', () => {
  expect(problems(routedBalancer(['web'], two, 'perlbal'))).toEqual([
    "[dfw/lb] 'certificates' is ['example-net', 'example-com']: Perlbal shows one certificate; leave the others out, or write BalancerEngine.nginx()",
  ]);
});
