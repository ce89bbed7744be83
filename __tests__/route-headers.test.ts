import { Route, RouteHeader } from '../constructs';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { problems } from './support';
import { testWith } from './tools';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const ENGINES = ['nginx', 'haproxy'] as const;
const onEach = (name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of ENGINES) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};
const NAMES = ['web', 'next', 'api', 'forum'];
const next = RouteHeader.is('X-Release', 'next');

const byHeaders: Making = ({ web, next: preview, api, forum }: Tiers) => ({
  web: web!,
  requestsPerSecond: 100,
  routes: [
    Route.to(preview!, { headers: [next] }),
    Route.to(api!, { headers: [RouteHeader.is('x-release', 'next'), RouteHeader.present('X-Api')] }),
    Route.to(forum!, { headers: [RouteHeader.is('Accept', 'text/x+b.c; q=1')], path: '/forum/' }),
    Route.to(forum!, { path: '/blog/' }),
    Route.redirect('/moved/', { path: '/old/', headers: [next] }),
    Route.split(
      [
        { web: api!, weight: 1 },
        { web: forum!, weight: 1 },
      ],
      { path: '/split/', headers: [next], cookie: 'kept' },
    ),
    Route.to(api!, { host: 'api.example.org', headers: [RouteHeader.present('X-Key')] }),
    Route.to(forum!, { host: 'api.example.org', path: '/v1/' }),
    Route.redirect('https://elsewhere.example', { host: 'old.example.org' }),
  ],
});

onEach('a header decides where host and path do not', (engine) =>
  running(engine, NAMES, byHeaders, async ({ ask }) => {
    const tier = async (path: string, ...headers: string[]) => {
      const host = path.startsWith('/') ? 'example.org' : path.split('/')[0]!;
      const asked = path.startsWith('/') ? path : path.slice(host.length);
      const { body } = await ask(host, asked, ...headers.flatMap((each) => ['-H', each]));
      return body.split(' ')[0];
    };
    expect(await tier('/')).toBe('web');
    expect(await tier('/', 'X-Release: next')).toBe('next');
    expect(await tier('/a?b', 'x-release:next')).toBe('next');
    expect(await tier('/', 'X-Release: next', 'X-Api: 1')).toBe('api');
    expect(await tier('/', 'X-Api: 1')).toBe('web');
    for (const value of ['Next', 'next2', 'anext', 'next, next', 'nex', ''])
      expect([value, await tier('/', `X-Release: ${value}`)]).toEqual([value, 'web']);
    // Headers that a program may take for the same.
    expect(await tier('/', 'X_Release: next')).toBe('web');
    // The path comes before headers, and a route that does not fit leaves the request to less specific ones.
    expect(await tier('/blog/', 'X-Release: next')).toBe('forum');
    expect(await tier('/forum/a', 'Accept: text/x+b.c; q=1')).toBe('forum');
    expect(await tier('/forum/a', 'Accept: text/xxbxc; q=1')).toBe('web');
    expect(await tier('/forum/a', 'X-Release: next')).toBe('next');
    // The host comes before both.
    expect(await tier('api.example.org/', 'X-Key: a')).toBe('api');
    expect(await tier('api.example.org/blog/', 'X-Key: a')).toBe('api');
    expect(await tier('api.example.org/', 'X-Key;')).toBe('web');
    expect(await tier('api.example.org/blog/')).toBe('forum');
    expect(await tier('api.example.org/', 'X-Release: next')).toBe('next');
    expect(await tier('api.example.org/v1/', 'X-Key: a')).toBe('forum');
  }),
);

onEach('redirects and splits have headers, too', (engine) =>
  running(engine, NAMES, byHeaders, async ({ ask }) => {
    const moved = await ask('example.org', '/old/a?b', '-H', 'X-Release: next');
    expect([moved.status, moved.location]).toEqual([307, '/moved/a?b']);
    expect((await ask('example.org', '/old/a')).body).toBe('web /old/a\n');
    const drawn = await ask('example.org', '/split/', '-H', 'X-Release: next');
    expect(drawn.body).toMatch(/^(api|forum) /);
    expect(drawn.cookie).toMatch(/^kept=dfw-(api|forum);/);
    const other = await ask('example.org', '/split/');
    expect([other.body, other.cookie]).toEqual(['web /split/\n', undefined]);
    const gone = await ask('old.example.org', '/a');
    expect([gone.status, gone.location]).toEqual([307, 'https://elsewhere.example/a']);
  }),
);

onEach('a redirect is for all but those with the header, and without a default others get 404', (engine) =>
  running(
    engine,
    ['next'],
    ({ next: preview }: Tiers) => ({
      routes: [
        Route.redirect('https://elsewhere.example', { path: '/a/' }),
        Route.to(preview!, { headers: [next], path: '/a/' }),
        Route.to(preview!, { headers: [RouteHeader.present('X-Key')], path: '/b/' }),
      ],
    }),
    async ({ ask }) => {
      const moved = await ask('example.org', '/a/b?c');
      expect([moved.status, moved.location]).toEqual([307, 'https://elsewhere.example/b?c']);
      expect((await ask('example.org', '/a/b?c', '-H', 'X-Release: next')).body).toBe('next /a/b?c\n');
      expect((await ask('example.org', '/b/')).status).toBe(404);
      expect((await ask('example.org', '/b/', '-H', 'X-Key: a')).body).toBe('next /b/\n');
    },
  ),
);

TOOLS.haproxy('haproxy: a header that is there twice has no value', () =>
  running('haproxy', NAMES, byHeaders, async ({ ask }) => {
    const twice = await ask('example.org', '/', '-H', 'X-Release: next', '-H', 'X-Release: other');
    expect(twice.body).toBe('web /\n');
  }),
);

test.each<[string, RouteHeader[], string]>([
  ...['X Release', 'X_Release', '', 'a:b'].map((name): [string, RouteHeader[], string] => [
    `the name '${name}'`,
    [RouteHeader.present(name)],
    `'routes.headers' is '${name}': write a header's name, such as 'X-Release'`,
  ]),
  ['the host', [RouteHeader.is('Host', 'a')], "'routes.headers' is 'Host': write the route's 'host' instead"],
  [
    'cookies',
    [RouteHeader.present('Cookie')],
    "'routes.headers' is 'Cookie': a request has all its cookies in it; write a header of its own",
  ],
  [
    'a header of the connection',
    [RouteHeader.present('Upgrade')],
    "'routes.headers' is 'Upgrade': it is about the connection; write another header",
  ],
  [
    'a header that is overwritten',
    [RouteHeader.is('X-Forwarded-Proto', 'https')],
    "'routes.headers' is 'X-Forwarded-Proto': a client's own is thrown away; write another header",
  ],
  [
    'a header twice',
    [next, RouteHeader.present('x-release')],
    "'routes.headers' is 'X-Release': it is there twice; name it once",
  ],
  [
    'six headers',
    [1, 2, 3, 4, 5, 6].map((each) => RouteHeader.present(`X-${each}`)),
    "'routes.headers' is ['X-1', 'X-2', 'X-3', 'X-4', 'X-5', 'X-6']: write 5 or fewer",
  ],
  ...['', ' a', 'a ', '"', '$a', 'ä', 'a\n', 'a'.repeat(201)].map((value): [string, RouteHeader[], string] => [
    `the value ${JSON.stringify(value.slice(0, 9))}`,
    [RouteHeader.is('X-A', value)],
    expect.stringContaining(
      "write 200 or fewer letters, digits, spaces and '._~@+,:;/=*-', or RouteHeader.present()",
    ) as unknown as string,
  ]),
])('%s is an error', (_, headers, message) => {
  const found = problems(
    routedBalancer(['web', 'api'], ({ web, api }) => ({ web: web!, routes: [Route.to(api!, { headers })] })),
  );
  expect(found).toEqual([typeof message === 'string' ? `[dfw/lb] ${message}` : message]);
});

test.each<[string, RouteHeader[], RouteHeader[], string | undefined]>([
  ['the same', [next], [RouteHeader.is('x-release', 'next')], '/ with X-Release: next'],
  ['two that a request may have both', [next], [RouteHeader.is('X-Key', 'a')], '/ with X-Release: next'],
  ['two values of one', [next], [RouteHeader.is('X-Release', 'beta')], undefined],
  ['a value beside any', [RouteHeader.present('X-Release')], [next], undefined],
  ['more headers', [next], [RouteHeader.present('X-Key'), RouteHeader.present('X-Api')], undefined],
])('two routes of a path with %s', (_, some, others, twin) => {
  const found = problems(
    routedBalancer(['web', 'api'], ({ web, api }) => ({
      routes: [Route.to(web!, { headers: some }), Route.to(api!, { headers: others })],
    })),
  );
  const instead = `: a request may also be for '${twin}'; give one of them another header more, or leave it out`;
  expect(
    found.map((each) => each.endsWith(instead) || each.endsWith(': two routes have it; leave one of them out')),
  ).toEqual(twin === undefined ? [] : [true]);
});

test('a redirect that leads to itself with its headers is an error', () => {
  const loops = (...headers: RouteHeader[]) =>
    problems(
      routedBalancer(['web'], ({ web }) => ({
        web: web!,
        routes: [Route.redirect('/a/b', { path: '/a/', headers: [next] }), Route.to(web!, { path: '/a/b', headers })],
      })),
    );
  expect(loops(RouteHeader.present('X-Key'))).toEqual([
    "[dfw/lb] 'routes.url' is '/a/b': it leads to itself; give that address a route of its own",
  ]);
  expect(loops(next)).toEqual([]);
  expect(loops(RouteHeader.present('X-Release'))).toEqual([]);
});

test('with Perlbal, headers are errors', () => {
  const make: Making = ({ web, api }) => ({ web: web!, routes: [Route.to(api!, { headers: [next] })] });
  expect(problems(routedBalancer(['web', 'api'], make, 'perlbal'))).toEqual([
    "[dfw/lb] 'routes.headers' is '/ with X-Release: next': Perlbal looks at no headers; leave it out, or write BalancerEngine.nginx()",
  ]);
});

test('a line of HAProxy has room for the most headers that a route may want', () => {
  const headers = [1, 2, 3, 4, 5].map((each) => RouteHeader.is(`X-${each}`, 'a b'));
  const make: Making = ({ web, api }) => ({
    web: web!,
    routes: [Route.to(api!, { host: 'a.example.org', path: '/c', headers })],
  });
  const text = filesOf(routedBalancer(['web', 'api'], make, 'haproxy'))['haproxy.cfg']!;
  for (const line of text.split('\n')) expect(line.trim().split(/\s+/).length).toBeLessThan(64);
});
