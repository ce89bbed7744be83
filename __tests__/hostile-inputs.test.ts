import { once } from 'node:events';
import { connect } from 'node:net';
import { BalancerProps, Route } from '../constructs';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { judged } from './nginx';
import { problems } from './support';
import { testWith } from './tools';

const TOOLS = {
  nginx: testWith('nginx', 'openssl'),
  haproxy: testWith('haproxy', 'openssl'),
  perlbal: testWith('perlbal'),
};
const ENGINES = ['nginx', 'haproxy', 'perlbal'] as const;

/** The answer of an engine to these bytes, until it closes the connection. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const parts: Buffer[] = [];
  socket.on('data', (data) => parts.push(data)).write(text, 'latin1');
  socket.setTimeout(3000, () => socket.destroy());
  await once(socket, 'close');
  return Buffer.concat(parts).toString('latin1');
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1] ?? 0);

const routes: Making = ({ web, api, forum }: Tiers) => ({
  web: web!,
  routes: [Route.to(api!, { host: 'api.example.org' }), Route.to(forum!, { host: '*.users.example.org' })],
});

for (const engine of ENGINES) {
  TOOLS[engine](
    `${engine}: a host has its routes however it is written, and is no reason to fail where it is none`,
    () =>
      running(engine, ['web', 'api', 'forum'], routes, async ({ port, ask }) => {
        const asked = async (host: string) => {
          const answer = await raw(port, `GET /a HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
          return [host, statusOf(answer) === 200 ? /(\w+) \/a\n/.exec(answer)?.[1] : statusOf(answer)];
        };
        for (const host of ['api.example.org', 'API.Example.ORG', 'api.example.org.', 'api.example.org:8080'])
          expect(await asked(`Host: ${host}\r\n`)).toEqual([`Host: ${host}\r\n`, 'api']);
        for (const host of ['bob.users.example.org', 'BOB.users.example.org.', 'a.b.users.example.org.:80'])
          expect(await asked(`Host: ${host}\r\n`)).toEqual([`Host: ${host}\r\n`, 'forum']);
        for (const host of [
          '',
          'Host: \r\n',
          'Host: [::1]\r\n',
          'Host: [::1]:8080\r\n',
          'Host: 127.0.0.1\r\n',
          'Host: api.example.org evil\r\n',
          'Host: api.example.org/evil\r\n',
          'Host: evilapi.example.org\r\n',
          'Host: api-example.org\r\n',
          'Host: .users.example.org\r\n',
          'Host: $host\r\n',
          'Host: %5b\r\n',
          'Host: a\0b\r\n',
          'Host: b\xe4r.example\r\n',
          'Host: example.org\r\nHost: api.example.org\r\n',
        ]) {
          const [, got] = await asked(host);
          // Perlbal looks no further than the name, and its web tier gets the same header.
          const all = engine === 'perlbal' ? ['web', 'api', 'forum', 400, 0] : ['web', 'forum', 400];
          expect([host, all]).toEqual([host, expect.arrayContaining([got])]);
        }
        expect((await ask('example.org', '/a')).body).toBe('web /a\n');
      }),
  );

  TOOLS[engine](`${engine}: no request line makes a header of an answer, or ends the program`, () =>
    running(engine, ['web'], redirecting(engine), async ({ port, ask }) => {
      const targets = [
        '/old/a%0d%0aX-Injected:%20yes',
        '/old/%0aX-Injected:yes',
        '/old/\rX-Injected: yes',
        '/old/\0',
        '/old/%00',
        '/old/%',
        '/old/%zz',
        '/old//evil.example',
        '/old/\\evil.example',
        '/old/%2f%2fevil.example',
        '/old/../../etc/passwd',
        '/old/%2e%2e/%2e%2e/a',
        '/old/\xff\xfe',
        '/old/$request_uri',
        '/old/%[src]',
        '/old/"\'`',
        '//evil.example/old/',
        'http://evil.example/old/a',
        '*',
        'old',
        `/old/${'a/'.repeat(2000)}`,
        `/old/?${'a=b&'.repeat(1500)}`,
      ];
      for (const target of targets) {
        const answer = await raw(port, `GET ${target} HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n`);
        const head = answer.split('\r\n\r\n')[0]!;
        expect([target, head]).toEqual([target, expect.not.stringMatching(/^x-injected/im)]);
        expect([target, statusOf(answer)]).toEqual([target, expect.not.stringMatching(/^5/)]);
        const location = /^location: *(.*?)\r?$/im.exec(head)?.[1];
        if (location !== undefined) expect([target, location]).toEqual([target, expect.stringMatching(/^\/(?![/\\])/)]);
      }
      expect((await ask('example.org', '/b')).body).toBe('web /b\n');
    }),
  );
}

function redirecting(engine: EngineName): Making {
  return ({ web }) => ({
    web: web!,
    // Perlbal has no redirects.
    routes: engine === 'perlbal' ? [Route.to(web!, { path: '/old/' })] : [Route.redirect('/new/', { path: '/old/' })],
  });
}

/** Routes for hosts and for paths of every host. */
const many =
  (hosts: number, paths: number, path = '/p', ofHosts = '/'): Making =>
  ({ web, api }) => ({
    web: web!,
    routes: [
      ...Array.from({ length: hosts }, (_, index) => Route.to(api!, { host: `h${index}.example.org`, path: ofHosts })),
      ...Array.from({ length: paths }, (_, index) => Route.to(api!, { path: `${path}${index}` })),
    ],
  });

const LONG = `/${'a'.repeat(196)}`;

for (const engine of ENGINES) {
  TOOLS[engine](`${engine}: 150 hosts and 60 paths, some as long as they may be, are led to`, () =>
    running(
      engine,
      ['web', 'api'],
      (tiers, site) => ({
        ...many(150, 20)(tiers, site),
        routes: [
          ...many(engine === 'haproxy' ? 150 : 10, 20)(tiers, site).routes!,
          ...many(0, 40, LONG)(tiers, site).routes!,
        ],
      }),
      async ({ ask }) => {
        for (const [host, path, tier] of [
          ['h9.example.org', '/a', 'api'],
          ['example.org', '/p19/a', 'api'],
          ['example.org', `${LONG}39/a`, 'api'],
          ['example.org', `${LONG}39a`, 'web'],
          ['example.org', '/p20', 'web'],
        ] as const)
          expect([host, (await ask(host, path)).body]).toEqual([host, `${tier} ${path}\n`]);
      },
    ),
  );

  test(`${engine}: routes that no ConfigMap holds are an error`, () => {
    const [found] = problems(
      routedBalancer(['web', 'api'], many(engine === 'haproxy' ? 1500 : 100, 100, '/p', '/own/'), engine),
    );
    expect(found).toMatch(
      /^\[dfw\/lb\] 'routes' is \d+: kubectl writes the configuration as \d+ bytes, and Kubernetes takes 262144; write fewer, or several balancers: with nginx and Perlbal each host repeats the routes without one$/,
    );
  });
}

TOOLS.nginx('nginx takes 200 hosts', () => {
  const lb = routedBalancer(['web', 'api'], many(150, 0));
  expect(problems(lb)).toEqual([]);
  expect(judged(filesOf(lb)['nginx.conf']!)).toContain('test is successful');
});

const PATHS = [
  '/a\r\nb',
  '/a\0',
  '/%2e%2e',
  '/a(b)',
  '/a$',
  '/a*',
  '/a[',
  '/a\\b',
  '/.',
  '/a/./b',
  '/a{b}',
  '/a#b',
  `/a"b`,
  '/ä',
  '/a|b',
];
const HOSTS = [
  'a..b',
  '-a.example',
  'example.org.',
  '[::1]',
  '1.2.3.4',
  `${'a'.repeat(64)}.org`,
  'a\r\nb.org',
  'a\0b.org',
  '*.*.org',
  'bär.example',
  '$host',
  '~a.org',
  '.example.org',
  'a.org\n',
];
const URLS = [
  'https://example.org\r\nX: y',
  'javascript:alert(1)',
  'https://user@example.org/',
  'https://[::1]/',
  'https://example.org:65536',
  '/\\evil',
  '/%0d%0a',
  '/$host',
  'https://example.org/%[src]',
  'https://',
  'https://./',
  'https://example.org.',
  'https://a..b/',
  `/${'a'.repeat(500)}`,
];

describe('an input that an engine would misread is an error:', () => {
  const errors = (make: (tiers: Tiers) => Partial<BalancerProps>) => problems(routedBalancer(['web', 'api'], make));
  const RULE = "write a path of 200 or fewer letters, digits and '._~@+,-'";

  test.each([...PATHS, `/${'a'.repeat(200)}`].map((path) => [path]))('the path %j', (path) => {
    expect(errors(({ web, api }) => ({ web: web!, routes: [Route.to(api!, { path })] }))).toEqual([
      expect.stringContaining(`: ${RULE}, such as '/api/'`),
    ]);
    expect(errors(({ web }) => ({ web: web!, protectedPaths: [{ path }] }))).toEqual([
      expect.stringContaining(`: ${RULE}, such as '/admin/'`),
    ]);
    expect(errors(({ web }) => ({ web: web!, pathLimits: [{ path, requestsPerMinute: 1 }] }))).toEqual([
      expect.stringContaining(`: ${RULE}, such as '/admin/'`),
    ]);
  });

  test('the path of no character', () => {
    expect(errors(({ web }) => ({ web: web!, protectedPaths: [{ path: '' }] }))).toHaveLength(1);
    expect(errors(({ web }) => ({ web: web!, pathLimits: [{ path: '', requestsPerMinute: 1 }] }))).toHaveLength(1);
  });

  test.each(HOSTS.map((host) => [host]))('the host %j', (host) => {
    const instead = expect.stringContaining(': write a host in lower case without a port') as string;
    expect(errors(({ web, api }) => ({ web: web!, routes: [Route.to(api!, { host })] }))).toEqual([instead]);
    expect(errors(({ web }) => ({ web: web!, protectedPaths: [{ host }] }))).toEqual([instead]);
    expect(errors(({ web }) => ({ web: web!, pathLimits: [{ host, requestsPerMinute: 1 }] }))).toEqual([instead]);
  });

  test.each(URLS.map((url) => [url]))('the redirect to %j', (url) => {
    expect(errors(({ web }) => ({ web: web!, routes: [Route.redirect(url, { path: '/old' })] }))).toEqual([
      expect.stringContaining(': write a URL without a query'),
    ]);
  });

  test.each(['errorPage', 'maintenancePage'])('%s that is blank, half a character, or too large', (property) => {
    const of = (page: string) => errors(({ web }) => ({ web: web!, [property]: page }));
    for (const blank of [' ', '\n', '\t\r\n'])
      expect(of(blank)).toEqual([expect.stringContaining(': write a page of HTML')]);
    expect(of('a\ud800')).toEqual([expect.stringContaining('write text without control characters')]);
    expect(of('a'.repeat(300_000))).toEqual([expect.stringMatching(/ is \d+ bytes: kubectl writes them as /)]);
    expect(of('%[src] $host <?php "\' ä€')).toEqual([]);
  });
});

/** Texts that an engine would take for its own. */
const PAGE = '%[src] %ci $host ${uri} <!--#echo --> "\' \\ ä€ &amp;\r\n\tend';

for (const engine of ['nginx', 'haproxy'] as const)
  TOOLS[engine](`${engine}: a page is shown as it is, whatever is in it`, () =>
    running(
      engine,
      ['web'],
      ({ web }) => ({ web: web!, errorPage: PAGE }),
      async ({ port, stop }) => {
        stop('web');
        const answer = await raw(port, 'GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n');
        expect(Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1').toString()).toBe(PAGE);
      },
    ),
  );
