import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { BalancerEngine, BalancerProps, StaticFiles } from '../constructs';
import { CLAIMS } from '../constructs/balancer/claims';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { judged } from './nginx';
import { ATTACKS, Stranger, statusOf } from './strangers';
import { problems } from './support';
import { testWith } from './tools';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const ENGINES = ['nginx', 'haproxy'] as const;
const onEach = (name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of ENGINES) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};
const only =
  (props: Partial<BalancerProps>): Making =>
  ({ web }: Tiers) => ({ web: web!, ...props });

/** Addresses of this machine: two proxies that are trusted, and a stranger. */
const trustedProxies = [
  ...Array.from({ length: 100 }, (_, index) => `10.1.${index}.0/24`),
  '127.0.0.2/32',
  '127.0.0.3/32',
];
const PROXY = ['--interface', '127.0.0.2'];
const STRANGER = ['--interface', '127.0.0.9'];
const says = (...headers: string[]) => headers.flatMap((header) => ['-H', header]);

onEach('a trusted proxy is believed who its client is, a stranger is not', (engine) =>
  running(engine, ['web'], only({ trustedProxies }), async ({ ask, requests }) => {
    const seen = async (...options: string[]) => {
      expect((await ask('example.org', '/', ...options)).status).toBe(200);
      const { headers } = requests.at(-1)!;
      return [headers['x-forwarded-for'], headers['x-real-ip'], headers['x-forwarded-proto']];
    };
    const word = says('X-Forwarded-For: 192.0.2.1, 192.0.2.7', 'X-Forwarded-Proto: https');
    expect(await seen(...PROXY, ...word)).toEqual(['192.0.2.7', '192.0.2.7', 'https']);
    expect(await seen(...STRANGER, ...word)).toEqual(['127.0.0.9', '127.0.0.9', 'http']);
    // Behind a proxy that is trusted, too.
    const chain = says('X-Forwarded-For: 192.0.2.1, 192.0.2.7, 127.0.0.3');
    expect(await seen(...PROXY, ...chain)).toEqual(['192.0.2.7', '192.0.2.7', 'http']);
    expect(await seen(...PROXY)).toEqual(['127.0.0.2', '127.0.0.2', 'http']);
    for (const proto of ['gopher', 'https, gopher'])
      expect(await seen(...PROXY, ...says(`X-Forwarded-Proto: ${proto}`))).toEqual(['127.0.0.2', '127.0.0.2', 'http']);
  }),
);

/** Headers by which a client may pass for another, or ask for another path. */
const FORGED = [
  ...CLAIMS,
  'X-Real-IP',
  'X_Forwarded_For',
  'X_Real_IP',
  'X-Forwarded_Proto',
  'x-forwarded-SSL',
  'Forwarded',
];

for (const engine of [...ENGINES, 'perlbal'] as const)
  (engine === 'perlbal' ? testWith('perlbal') : TOOLS[engine])(
    `${engine}: nobody is believed who the client is, which host it asked or how it came`,
    () =>
      running(engine, ['web'], only(engine === 'perlbal' ? {} : { trustedProxies }), async ({ ask, requests }) => {
        for (const from of engine === 'perlbal' ? [STRANGER] : [PROXY, STRANGER]) {
          const chain = from === STRANGER ? says('X-Forwarded-For: 192.0.2.1', 'X-Forwarded-Proto: https') : [];
          const kept = says('X-Release: next', 'Cookie: a=b');
          await ask(
            'example.org',
            '/',
            ...from,
            ...chain,
            ...kept,
            ...says(...FORGED.map((name) => `${name}: forged`)),
          );
          const { headers } = requests.at(-1)!;
          expect(Object.entries(headers).filter(([, value]) => String(value).includes('forged'))).toEqual([]);
          const told = [headers['x-real-ip'], headers['x-forwarded-for'], headers['x-forwarded-proto'], headers.host];
          expect(told).toEqual([from[1], from[1], 'http', 'example.org']);
          expect([headers['x-release'], headers.cookie]).toEqual(['next', 'a=b']);
        }
      }),
    60_000,
  );

testWith('perlbal', 'openssl')('perlbal: tells the web tier that a request came by HTTPS', () =>
  running('perlbal', ['web'], only({ tls: true }), async ({ askTls, requests }) => {
    expect((await askTls('example.org', '/', ...says('X-Forwarded-Proto: http'))).status).toBe(200);
    expect(requests.at(-1)!.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' });
  }),
);

onEach('with TLS, a request that a trusted proxy had by HTTPS is not sent to it again', (engine) =>
  running(engine, ['web'], only({ trustedProxies, tls: true }), async ({ ask, askTls, requests }) => {
    const status = async (...options: string[]) => (await ask('example.org', '/a', ...options)).status;
    const secure = says('X-Forwarded-Proto: https', 'X-Forwarded-For: 192.0.2.7');
    expect(await status(...PROXY, ...secure)).toBe(200);
    expect(requests.at(-1)!.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' });
    expect(await status(...PROXY)).toBe(308);
    expect(await status(...STRANGER, ...secure)).toBe(308);
    expect((await askTls('example.org', '/a', ...PROXY, ...says('X-Forwarded-Proto: http'))).status).toBe(308);
    expect((await askTls('example.org', '/a', ...STRANGER)).status).toBe(200);
    expect(requests.at(-1)!.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.9' });
  }),
);

onEach('connections of a trusted proxy have no limit, those of a stranger do', (engine) =>
  running(engine, ['web'], only({ trustedProxies }), async ({ port }) => {
    for (const [from, status] of [
      ['127.0.0.2', 200],
      ['127.0.0.9', undefined],
    ] as const) {
      const stranger = new Stranger(ATTACKS['one-byte']!, { host: '127.0.0.1', port, from }, 600);
      try {
        await stranger.begun();
        expect([from, await statusOf(`http://127.0.0.1:${port}/`, from)]).toEqual([from, status]);
      } finally {
        stranger.stop();
      }
    }
  }),
);

onEach('a client that asks too often gets 429, others behind the same proxy do not', (engine) =>
  running(engine, ['web'], only({ trustedProxies, requestsPerSecond: 2 }), async ({ ask, requests }) => {
    const asks = (client: string, count: number) =>
      Promise.all(
        Array.from(
          { length: count },
          async () => (await ask('example.org', '/', ...PROXY, ...says(`X-Forwarded-For: ${client}`))).status,
        ),
      );
    const often = await asks('192.0.2.1', 40);
    const served = often.filter((status) => status === 200).length;
    // Ten seconds' worth, and what trickles in meanwhile.
    expect(served).toBeGreaterThanOrEqual(20);
    expect(served).toBeLessThanOrEqual(26);
    expect(new Set(often)).toEqual(new Set([200, 429]));
    expect(new Set(await asks('192.0.2.2', 10))).toEqual(new Set([200]));
    expect(requests).toHaveLength(served + 10);
  }),
);

const headers = { 'X-Frame-Options': 'DENY', 'X-Note': 'a "b" 100% c\\' };

onEach('headers are in each answer, unless the web tier gave its own', (engine) =>
  running(engine, ['web'], only({ headers }), async ({ ask }) => {
    const of = (text: string) =>
      text
        .replaceAll('\r', '')
        .split('\n')
        .filter((line) => /^x-(frame|note)/i.test(line))
        .map((line) => line.toLowerCase())
        .sort();
    expect(of((await ask('example.org', '/')).headers)).toEqual(['x-frame-options: deny', 'x-note: a "b" 100% c\\']);
    expect(of((await ask('example.org', '/?X-Frame-Options=SAMEORIGIN')).headers)).toEqual([
      'x-frame-options: sameorigin',
      'x-note: a "b" 100% c\\',
    ]);
  }),
);

onEach('each request is a line of the log, with its client, and no health check is', (engine) =>
  running(engine, ['web'], only({ trustedProxies }), async ({ ask, health, root }) => {
    await statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1');
    await ask('example.org', '/a?b="c', ...PROXY, ...says('X-Forwarded-For: 192.0.2.7', 'User-Agent: a "b"'));
    const lines = readFileSync(join(root, 'access.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('GET') || line.includes('healthz'));
    expect(lines).toHaveLength(1);
    if (engine === 'haproxy')
      return expect(lines[0]).toMatch(/^192\.0\.2\.7:.* site dfw-web\/web1 .* 200 .*"GET \/a\?b=#22c HTTP/);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      client: '192.0.2.7',
      method: 'GET',
      host: 'example.org',
      uri: '/a?b="c',
      status: '200',
      agent: 'a "b"',
      web: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
  }),
);

const CLOSED = '<p>Back soon</p>\n';

onEach('a closed site shows its page at each path, and asks no web tier', (engine) =>
  running(engine, ['web'], only({ maintenancePage: CLOSED, headers }), async ({ ask, requests }) => {
    for (const options of [[], ['-X', 'POST', '-d', 'a']])
      for (const path of ['/', '/a/b?c', '/maintenance.html']) {
        const answer = await ask('example.org', path, ...options);
        expect([path, answer.status, answer.body]).toEqual([path, 503, CLOSED]);
        expect([502, 503, 504]).toContain(answer.status);
        expect(answer.headers).toMatch(/^retry-after: 300\r$/im);
        expect(answer.headers).toMatch(/^content-type: text\/html/im);
        expect(answer.headers).toMatch(/^x-frame-options: DENY\r?$/im);
      }
    expect(requests).toEqual([]);
  }),
);

const AWAY = '<p>Something is wrong, try again</p>\n';

onEach('an error of the balancer has its page, an error of the web tier is left alone', (engine) =>
  running(engine, ['web'], only({ errorPage: AWAY, headers }), async ({ ask, stop, requests }) => {
    for (const status of [404, 500, 502, 503, 504])
      for (const options of [[], ['-X', 'POST', '-d', 'a']]) {
        const answer = await ask('example.org', `/a?status=${status}`, ...options);
        expect([status, answer.status, answer.body]).toEqual([status, status, `web /a?status=${status}\n`]);
        expect(answer.headers).not.toMatch(/^retry-after/im);
      }
    const isPage = async (path: string, ...options: string[]) => {
      const answer = await ask('example.org', path, ...options);
      expect([path, answer.status, answer.body]).toEqual([path, expect.any(Number), AWAY]);
      expect([502, 503, 504]).toContain(answer.status);
      expect(answer.headers).toMatch(/^retry-after: 30\r$/im);
      expect(answer.headers).toMatch(/^content-type: text\/html/im);
      expect(answer.headers).toMatch(/^x-frame-options: DENY\r?$/im);
    };
    await isPage('/?cut', '-X', 'POST', '-d', 'a');
    await isPage('/?cut');
    expect((await ask('example.org', '/!error')).body).not.toBe(AWAY);
    const before = requests.length;
    stop('web');
    for (const path of ['/', '/a/b?c', '/error.html'])
      for (const options of [[], ['-X', 'POST', '-d', 'a']]) await isPage(path, ...options);
    expect(requests).toHaveLength(before);
  }),
);

test.each(['maintenancePage', 'errorPage'])('%s: a page that HAProxy has no buffer for is an error', (property) => {
  const page = (size: number, engine: EngineName) =>
    problems(routedBalancer(['web'], only({ [property]: 'a'.repeat(size) }), engine));
  expect(page(12_288, 'haproxy')).toEqual([]);
  expect(page(12_289, 'nginx')).toEqual([]);
  expect(page(12_289, 'haproxy')).toEqual([
    expect.stringMatching(/: HAProxy takes 12 KiB; write a smaller page, or BalancerEngine.nginx\(\)$/),
  ]);
});

TOOLS.haproxy("haproxy: shows a closed site's page of the largest size, with headers of the largest", () =>
  running(
    'haproxy',
    ['web'],
    only({ maintenancePage: 'a'.repeat(12_288), headers: { 'X-A': 'b'.repeat(2000) } }),
    async ({ ask }) => {
      const { body, headers } = await ask('example.org', '/');
      expect(body).toHaveLength(12_288);
      expect(headers).toMatch(/^x-a: b{2000}\r?$/im);
    },
  ),
);

test('a closed site raises no alert for its page with nginx', () => {
  const text = (props: Partial<BalancerProps>) => filesOf(routedBalancer(['web'], only(props)))['nginx.conf'];
  expect(text({ maintenancePage: CLOSED })).toContain('$is_error { 503 0; ~^5 1; default 0; }');
  expect(text({})).toContain('$is_error { ~^5 1; default 0; }');
});

TOOLS.nginx('a closed site has static files of any name', () => {
  const staticFiles = [StaticFiles.fromText({ '/.maintenance': 'a', '/maintenance.html': 'b' })];
  const text = filesOf(routedBalancer(['web'], only({ maintenancePage: CLOSED, staticFiles })))['nginx.conf']!;
  expect(judged(text)).toContain('test is successful');
});

TOOLS.haproxy('a closed site raises no alert for its page with HAProxy, as no backend gave it', async () => {
  const found = async (props: Partial<BalancerProps>) => {
    let errors = -1;
    await running('haproxy', ['web'], only(props), async ({ ask, health, stop }) => {
      stop('web');
      expect((await ask('example.org', '/')).status).toBe(503);
      const figures = await (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
      const counts = figures.matchAll(/^haproxy_backend_http_responses_total\{.*code="5xx"\} (\d+)$/gm);
      errors = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    });
    return errors;
  };
  expect(await found({})).toBe(1);
  expect(await found({ maintenancePage: CLOSED })).toBe(0);
  const { _alerts: alerts } = routedBalancer(['web'], only({}), 'haproxy');
  expect(alerts.find(({ name }) => name === 'BalancerAnswersErrors')!.expr).toContain('haproxy_backend_http_responses');
});

onEach('text is compressed for clients that take it, unless that is left out', async (engine) => {
  const encoding = async (props: Partial<BalancerProps>, type: string, ...options: string[]) => {
    let found: unknown;
    await running(engine, ['web'], only(props), async ({ ask }) => {
      const { headers } = await ask('example.org', `/${'a'.repeat(2000)}?X-Type=${type}`, ...options);
      found = [/^content-encoding: (.*?)\r?$/im.exec(headers)?.[1], /^vary: accept-encoding/im.test(headers)];
    });
    return found;
  };
  const takes = ['-H', 'Accept-Encoding: gzip', '--output', '-'];
  expect(await encoding({}, 'text/css', ...takes)).toEqual(['gzip', true]);
  expect(await encoding({}, 'image/png', ...takes)).toEqual([undefined, false]);
  expect(((await encoding({}, 'text/css')) as unknown[])[0]).toBeUndefined();
  expect(await encoding({ compression: false }, 'text/css', ...takes)).toEqual([undefined, false]);
});

test('the log of requests can be left out', () => {
  const texts = ENGINES.map((engine) =>
    Object.values(filesOf(routedBalancer(['web'], only({ accessLog: false }), engine))).join(''),
  );
  for (const text of texts) expect(text).not.toMatch(/\/dev\/stdout|httplog/);
});

TOOLS.nginx('nginx: directives stand in each server of the site', () =>
  running(
    'nginx',
    ['web'],
    ({ web }) => ({
      web: web!,
      engine: BalancerEngine.nginx({ directives: 'location = /hello {\n  return 200 "hello\\n";\n}' }),
    }),
    async ({ ask, requests }) => {
      expect((await ask('example.org', '/hello')).body).toBe('hello\n');
      expect(requests).toEqual([]);
    },
  ),
);

test.each<[string, Duration | undefined, string]>([
  ['an hour', undefined, '3600s'],
  ['as long as they may', Duration.days(365), '31536000s'],
])('browsers keep static files for %s', (_, maxAge, text) => {
  const files = StaticFiles.fromImage('example.org/site:1', '/srv', maxAge ? { maxAge } : {});
  expect(filesOf(routedBalancer(['web'], only({ staticFiles: [files] })))['nginx.conf']).toContain(`expires ${text};`);
  expect(problems(routedBalancer(['web'], only({ staticFiles: [files] }), 'perlbal'))).toHaveLength(maxAge ? 1 : 0);
});

test.each<[string, Partial<BalancerProps>, string]>([
  [
    'half a second',
    { staticFiles: [StaticFiles.fromImage('example.org/site:1', '/srv', { maxAge: Duration.millis(500) })] },
    "'staticFiles.maxAge' is 0.5 s: write whole seconds, as Duration.seconds(1)",
  ],
  ['an empty page', { maintenancePage: '' }, "'maintenancePage' is '': write a page of HTML, or leave it out"],
  ['an empty error page', { errorPage: '' }, "'errorPage' is '': write a page of HTML, or leave it out"],
  ['no proxy', { trustedProxies: [] }, "'trustedProxies' is []: name one or more, or leave it out"],
  [
    'a proxy that is no network',
    { trustedProxies: ['10.0.0.1'] },
    "'trustedProxies' is '10.0.0.1': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  // Signs that begin a comment, a text or the end of a variable's name in a configuration.
  ...['a b', '#a', "'a", 'a.b', '-a'].map((name): [string, Partial<BalancerProps>, string] => [
    `the header ${name}`,
    { headers: { [name]: 'c' } },
    `'headers' is '${name}': write a header's name, such as 'X-Content-Type-Options'`,
  ]),
  [
    'a header of the connection',
    { headers: { 'Content-length': '0' } },
    "'headers' is 'Content-length': the balancer sets it itself; leave it out",
  ],
  [
    'a header that is there twice',
    { headers: { 'X-A': 'b', 'x-a': 'c' } },
    "'headers' is 'x-a': it is the same as 'X-A'; leave one of them out",
  ],
  ...['0.0.0.0/0', '::/0'].map((cidr): [string, Partial<BalancerProps>, string] => [
    `every address as a proxy, ${cidr}`,
    { trustedProxies: [cidr] },
    `'trustedProxies' is '${cidr}': each client could say that it is another; write the networks of proxies`,
  ]),
  ...['', 'a\nb', '$host', 'ä', 'a'.repeat(2001)].map((value): [string, Partial<BalancerProps>, string] => [
    `the header value ${JSON.stringify(value.slice(0, 9))}`,
    { headers: { 'X-A': value } },
    expect.stringContaining(
      "write a line of 2000 or fewer characters of ASCII without '$', or leave the header to the web tier",
    ) as unknown as string,
  ]),
  ...[0, 0.5, 6001].map((requestsPerSecond): [string, Partial<BalancerProps>, string] => [
    `${requestsPerSecond} requests a second`,
    { requestsPerSecond },
    `'requestsPerSecond' is ${requestsPerSecond}: write a whole number from 1 to 6000`,
  ]),
])('%s is an error', (_, props, message) => {
  const expected = typeof message === 'string' ? `[dfw/lb] ${message}` : message;
  expect(problems(routedBalancer(['web'], only(props)))).toEqual([expected]);
});

test('with Perlbal, settings that it lacks are errors', () => {
  const props = {
    trustedProxies,
    headers: { 'X-A': 'b' },
    requestsPerSecond: 1,
    accessLog: true,
    maintenancePage: CLOSED,
    errorPage: AWAY,
    proxyProtocol: trustedProxies,
    protectedPaths: [{ path: '/admin/' }],
    pathLimits: [{ path: '/login/', requestsPerMinute: 10 }],
    compression: true,
  };
  const found = problems(routedBalancer(['web'], only(props), 'perlbal'));
  expect(found).toHaveLength(Object.keys(props).length);
  for (const each of found)
    expect(each).toMatch(/: Perlbal has no such setting; leave it out, or write BalancerEngine.nginx\(\)$/);
  expect(problems(routedBalancer(['web'], only({ accessLog: false, compression: false }), 'perlbal'))).toEqual([]);
});
