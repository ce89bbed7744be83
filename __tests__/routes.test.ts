import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Size } from 'cdk8s';
import { BalancerProps, BlobEngine, BlobStore, Route, StaticFiles, WebTier } from '../constructs';
import { partsOf } from '../constructs/balancer/route-target';
import { slicesKibibytes } from '../constructs/balancer/nginx-sizes';
import { install, start } from './nginx';
import { freePorts, serve } from './servers';
import { endProgram } from './started';
import { statusOf } from './strangers';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { find, newSite, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const NAMES = ['web', 'api', 'forum', 'canary'];

/** Hosts and paths, as every engine has them. */
const hostsAndPaths: Making = ({ web, api, forum, canary }: Tiers) => ({
  web: web!,
  routes: [
    Route.to(api!, { host: 'api.example.org' }),
    Route.to(forum!, { path: '/forum/' }),
    Route.to(canary!, { path: '/forum/new' }),
    Route.to(canary!, { host: '*.users.example.org' }),
    Route.to(forum!, { host: 'shop.example.org', path: '/c++/1.0/' }),
  ],
});

const ASKED: [string, string, string][] = [
  ['example.org', '/', 'web'],
  ['example.org', '/forum', 'forum'],
  ['example.org', '/forum/', 'forum'],
  ['example.org', '/forum?a=/b', 'forum'],
  ['example.org', '/forum/a/b%2Fc?d', 'forum'],
  ['example.org', '/forums', 'web'],
  ['example.org', '/forum/new', 'canary'],
  ['example.org', '/forum/new/a', 'canary'],
  ['example.org', '/forum/newer', 'forum'],
  ['api.example.org', '/', 'api'],
  // Its own route for all paths comes before routes without a host.
  ['api.example.org', '/forum/', 'api'],
  ['api.example.org:8080', '/', 'api'],
  ['bob.users.example.org', '/', 'canary'],
  ['a.b.users.example.org', '/forum/', 'canary'],
  ['users.example.org', '/', 'web'],
  // Its own routes leave these over.
  ['shop.example.org', '/', 'web'],
  ['shop.example.org', '/forum/', 'forum'],
  ['shop.example.org', '/c++/1.0/a', 'forum'],
  ['shop.example.org', '/c++/1x0/a', 'web'],
  ['example.org', '/c++/1.0/a', 'web'],
];

const TOOLS = {
  nginx: testWith('nginx', 'openssl'),
  haproxy: testWith('haproxy', 'openssl'),
  perlbal: testWith('perlbal'),
};
const onEach = (engines: EngineName[], name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of engines) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};

onEach(['nginx', 'haproxy', 'perlbal'], 'the host decides first, then the longest path in whole segments', (engine) =>
  running(engine, NAMES, hostsAndPaths, async ({ ask }) => {
    for (const [host, path, tier] of ASKED)
      expect([host, path, (await ask(host, path)).body]).toEqual([host, path, `${tier} ${path}\n`]);
  }),
);

onEach(['nginx', 'haproxy', 'perlbal'], 'a request that no route takes gets 404', (engine) =>
  running(
    engine,
    ['api'],
    ({ api }) => ({ routes: [Route.to(api!, { host: 'api.example.org', path: '/v1/' })] }),
    async ({ ask, requests }) => {
      for (const [host, path] of [
        ['example.org', '/v1/'],
        ['api.example.org', '/'],
        ['api.example.org', '/v2/'],
      ] as const)
        expect([host, path, (await ask(host, path)).status]).toEqual([host, path, 404]);
      expect(requests).toEqual([]);
      expect((await ask('api.example.org', '/v1/a')).status).toBe(200);
    },
  ),
);

onEach(['nginx', 'haproxy', 'perlbal'], 'a tier without a slice gives only its own routes an error', (engine) =>
  running(engine, NAMES, hostsAndPaths, async ({ ask, stop }) => {
    stop('api');
    // Perlbal waits for a slice, as long as a client does.
    const without = ask('api.example.org', '/', '--max-time', '3').catch(() => ({ status: 504 }));
    for (const [host, path] of [
      ['example.org', '/'],
      ['example.org', '/forum/'],
      ['bob.users.example.org', '/'],
    ] as const)
      expect((await ask(host, path)).status).toBe(200);
    expect((await without).status).toBeGreaterThanOrEqual(502);
  }),
);

const redirects: Making = ({ web }: Tiers) => ({
  web: web!,
  routes: [
    Route.redirect('https://example.org', { host: 'www.example.org', permanent: true }),
    Route.redirect('/new/', { path: '/old/' }),
    Route.redirect('/', { path: '/app/' }),
    Route.redirect('https://other.example/a/b', { host: '*.example.net', path: '/c' }),
  ],
});

onEach(['nginx', 'haproxy'], 'a redirect replaces the path of the route, and keeps the rest and the query', (engine) =>
  running(engine, ['web'], redirects, async ({ ask, requests }) => {
    const moved: [string, string, number, string][] = [
      ['www.example.org', '/', 308, 'https://example.org/'],
      ['www.example.org', '/a%2Fb?c=%20d', 308, 'https://example.org/a%2Fb?c=%20d'],
      ['example.org', '/old', 307, '/new'],
      ['example.org', '/old/', 307, '/new/'],
      ['example.org', '/old/a?b', 307, '/new/a?b'],
      ['example.org', '/app/a/b', 307, '/a/b'],
      ['example.org', '/app', 307, '/'],
      // To a browser two slashes begin a host.
      ['example.org', '/app//evil.example/a', 307, '/evil.example/a'],
      ['example.org', '/app/\\evil.example/a', 307, '/evil.example/a'],
      ['a.example.net', '/c/d', 307, 'https://other.example/a/b/d'],
    ];
    for (const [host, path, status, location] of moved) {
      const answer = await ask(host, path, '-X', 'POST');
      expect([host, path, answer.status, answer.location]).toEqual([host, path, status, location]);
    }
    expect(requests).toEqual([]);
    expect((await ask('a.example.net', '/cd')).body).toBe('web /cd\n');
  }),
);

const canaryOf =
  (cookie?: string): Making =>
  ({ web, canary }: Tiers) => ({
    routes: [
      Route.split(
        [
          { web: web!, weight: 90 },
          { web: canary!, weight: 10 },
        ],
        cookie === undefined ? {} : { cookie },
      ),
    ],
  });

onEach(['nginx', 'haproxy'], 'a split gives each web tier its share of the requests', (engine) =>
  running(engine, ['web', 'canary'], canaryOf(), async ({ share, ask }) => {
    const count = 3000;
    const counts = await share('example.org', '/', count);
    // Ten in a hundred, within five deviations: 0.5 percent each.
    expect(counts.get('canary')! / count).toBeGreaterThan(0.07);
    expect(counts.get('canary')! / count).toBeLessThan(0.13);
    expect(counts.get('web')! + counts.get('canary')!).toBe(count);
    expect((await ask('example.org', '/')).cookie).toBeUndefined();
  }),
);

/** The same, and a web tier at a host of its own. */
const secretBeside =
  (make: Making): Making =>
  (tiers, site) => {
    const { routes = [], ...props } = make(tiers, site);
    return { ...props, routes: [...routes, Route.to(tiers['secret']!, { host: 'secret.example.org' })] };
  };

onEach(['nginx', 'haproxy'], 'with a cookie a visitor stays at the web tier of the first request', (engine) =>
  running(engine, ['web', 'canary', 'secret'], secretBeside(canaryOf('variant')), async ({ ask, share }) => {
    const { body, cookie } = await ask('example.org', '/');
    const first = body.split(' ')[0]!;
    expect(cookie).toBe(`variant=dfw-${first}; Path=/; HttpOnly; SameSite=Lax`);
    expect(await share('example.org', '/', 50, '-b', `variant=dfw-${first}`)).toEqual(new Map([[first, 50]]));
    const chosen = await ask('example.org', '/', '-b', 'variant=dfw-canary');
    expect([chosen.body, chosen.cookie]).toEqual(['canary /\n', undefined]);
    // Nor does a second cookie of the name choose what the route does not lead to.
    for (const cookies of ['variant=dfw-canary; variant=dfw-secret', 'variant=dfw-secret; variant=dfw-canary'])
      expect((await ask('example.org', '/', '-b', cookies)).body).toMatch(/^(web|canary) /);
    // A tier that is none is drawn anew.
    expect((await ask('example.org', '/', '-b', 'variant=dfw-db')).cookie).toMatch(/^variant=dfw-(web|canary);/);
  }),
);

const secure: Making = ({ web, api, canary }: Tiers) => ({
  tls: true,
  routes: [
    Route.to(api!, { host: 'api.example.org' }),
    Route.split(
      [
        { web: web!, weight: 1 },
        { web: canary!, weight: 1 },
      ],
      { cookie: 'variant' },
    ),
  ],
});

onEach(['nginx', 'haproxy'], 'by HTTPS, hosts have their routes, too, and the cookie is kept to it', (engine) =>
  running(engine, NAMES, secure, async ({ ask, askTls }) => {
    const plain = await ask('api.example.org', '/a');
    expect([plain.status, plain.location]).toEqual([
      308,
      expect.stringMatching(/^https:\/\/api.example.org(:\d+)?\/a$/),
    ]);
    expect((await askTls('api.example.org', '/a')).body).toBe('api /a\n');
    expect((await askTls('example.org', '/')).cookie).toMatch(
      /^variant=dfw-\w+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  }),
);

TOOLS.nginx.each([99, 300])(
  'nginx: a split between %i and 30 addresses is even among those of each tier',
  async (most) => {
    const counts = new Map<string, number>();
    const web = await serve(
      (request, response) => {
        const address = request.socket.localAddress!;
        counts.set(address, (counts.get(address) ?? 0) + 1);
        response.end();
      },
      0,
      '0.0.0.0',
    );
    const [http, health] = (await freePorts(2)) as [number, number];
    const addresses = (tier: number, count: number) =>
      Array.from({ length: count }, (_, index) => `127.${tier}.${index >> 8}.${index & 255}:${web.port}`);
    const text = filesOf(routedBalancer(['web', 'canary'], canaryOf()))
      ['nginx.conf']!.replace(/zone dfw-web \w+/, `zone dfw-web ${slicesKibibytes(most)}k`)
      .replaceAll('listen 8080', `listen 127.0.0.1:${http}`)
      .replaceAll('listen 8081', `listen 127.0.0.1:${health}`);
    const nginx = start(install(text, { 'dfw-web': addresses(1, most), 'dfw-canary': addresses(2, 30) }));
    try {
      while ((await statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1')) !== 200) {
        expect(nginx.exitCode).toBeNull();
        await sleep(100);
      }
      const sent = 10 * most;
      await promisify(execFile)('curl', ['-sS', '-o', '/dev/null', `http://127.0.0.1:${http}/?[1-${sent}]`]);
      const of = (tier: number) => [...counts].filter(([address]) => address.startsWith(`127.${tier}.`));
      for (const [tier, slices] of [
        [1, most],
        [2, 30],
      ] as const) {
        const each = of(tier).map(([, count]) => count);
        expect([tier, each.length]).toEqual([tier, slices]);
        // In turn by each of two workers, which a connection of curl may stay at.
        expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(2);
      }
      expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(sent);
    } finally {
      await endProgram(nginx);
      web.server.close();
    }
  },
  60_000,
);

onEach(['nginx', 'haproxy'], 'WebSocket passes, and no other protocol', (engine) =>
  running(
    engine,
    ['web', 'api'],
    ({ web, api }) => ({ web: web!, routes: [Route.to(api!, { path: '/chat/' })] }),
    async ({ port, requests }) => {
      const asks = async (protocol: string) => {
        const headers = {
          Connection: 'Upgrade',
          Upgrade: protocol,
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        };
        const sent = request({ port, path: '/chat/a', headers, agent: false }).end();
        const upgraded = once(sent, 'upgrade') as Promise<[IncomingMessage, Socket]>;
        return Promise.race([
          upgraded,
          (once(sent, 'response') as Promise<[IncomingMessage]>).then(([answer]) => answer.resume().statusCode),
        ]);
      };
      const [answer, socket] = (await asks('websocket')) as [IncomingMessage, Socket];
      expect(answer.statusCode).toBe(101);
      socket.write('ping');
      expect(String((await once(socket, 'data'))[0])).toBe('api ping');
      socket.destroy();
      expect(await asks('h2c')).toBe(200);
      expect(requests.at(-1)!.headers.upgrade).toBeUndefined();
    },
  ),
);

onEach(['nginx', 'haproxy'], 'events pass one by one', (engine) =>
  running(
    engine,
    ['web'],
    ({ web }) => ({ web: web! }),
    async ({ port }) => {
      const sent = request({ port, path: '/events?X-Accel-Buffering=no', agent: false }).end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      expect(String((await once(answer, 'data'))[0])).toBe('data: 1\n\n');
      sent.destroy();
    },
  ),
);

test('shares of all weights are 10,000 together, and the smallest has one', () => {
  const shares = (weights: number[]) =>
    partsOf(weights.map((weight) => ({ weight, web: undefined as unknown as WebTier })));
  expect(shares([90, 10])).toEqual([9000, 1000]);
  expect(shares([1, 1, 1])).toEqual([3333, 3334, 3333]);
  const small = shares([...Array.from({ length: 9 }, () => 1000), 1]);
  expect([small.at(-1), small.reduce((sum, part) => sum + part, 0)]).toEqual([1, 10_000]);
});

test('each web tier that a route names lets the balancers in, and room for its slices is its own', () => {
  const lb = routedBalancer(NAMES, hostsAndPaths);
  const objects = synth(lb);
  for (const name of NAMES) {
    expect(find(objects, 'NetworkPolicy', `dfw-lb-to-dfw-${name}`).spec.egress[0].ports).toEqual([
      { port: 80, protocol: 'TCP' },
    ]);
    expect(find(objects, 'NetworkPolicy', `dfw-${name}-from-dfw-lb`)).toBeDefined();
    expect(filesOf(lb)['nginx.conf']).toContain(`zone dfw-${name} 72k;`);
  }
});

test('with TLS, the certificate is made for the hosts of the routes, too', () => {
  const lb = routedBalancer(['web'], ({ web }) => ({
    tls: true,
    routes: ['api.example.org', 'a.b.example.org', 'example.net', '*.example.net'].map((host) =>
      Route.to(web!, { host }),
    ),
  }));
  expect(JSON.parse(find(synth(lb), 'ConfigMap', 'required-secrets').data['dfw-lb-tls']).hosts).toEqual([
    'example.org',
    '*.example.org',
    'a.b.example.org',
    'example.net',
    '*.example.net',
  ]);
});

test.each<[string, (tiers: Tiers) => Partial<BalancerProps>, string]>([
  ['no web tier and no route', () => ({}), "'web' is undefined: no request leads to a web tier; write web, or routes"],
  ...['API.example.org', 'example.org:80', 'https://example.org', 'a.*.example.org', '*', ''].map(
    (host): [string, (tiers: Tiers) => Partial<BalancerProps>, string] => [
      `the host '${host}'`,
      ({ api }) => ({ routes: [Route.to(api!, { host })] }),
      `'routes.host' is '${host}': write a host in lower case without a port, such as 'api.example.org' or '*.example.org'`,
    ],
  ),
  [
    'a path without a slash',
    ({ api }) => ({ routes: [Route.to(api!, { path: 'api/' })] }),
    "'routes.path' is 'api/': a path begins with a slash; write '/api/'",
  ],
  ...['/a b', '/a/../b', '//a', '/a?b', '/%61', '/a;}'].map(
    (path): [string, (tiers: Tiers) => Partial<BalancerProps>, string] => [
      `the path '${path}'`,
      ({ api }) => ({ routes: [Route.to(api!, { path })] }),
      `'routes.path' is '${path}': write a path of 200 or fewer letters, digits and '._~@+,-', such as '/api/'`,
    ],
  ),
  [
    'a route that is there twice',
    ({ web, api, forum }) => ({
      web: web!,
      routes: [Route.to(api!, { path: '/a' }), Route.to(forum!, { path: '/a/' })],
    }),
    "'routes' is '/a': two routes have it; leave one of them out",
  ],
  [
    'a default route beside web',
    ({ web, api }) => ({ web: web!, routes: [Route.to(api!)] }),
    "'routes' is '/': web has these requests already; leave one of them out",
  ],
  [
    'a route within static files',
    ({ web, api }) => ({
      web: web!,
      staticFiles: [web!.staticFiles(['/img/'])],
      routes: [Route.to(api!, { path: '/img/a' })],
    }),
    "'routes' is '/img/a': no request reaches it, as staticFiles has '/img/'; leave one of them out",
  ],
  [
    'a route to a static file',
    ({ web, api }) => ({
      web: web!,
      staticFiles: [StaticFiles.fromText({ '/robots.txt': '' })],
      routes: [Route.to(api!, { host: 'api.example.org', path: '/robots.txt' })],
    }),
    "'routes' is 'api.example.org/robots.txt': no request reaches it, as staticFiles has '/robots.txt'; leave one of them out",
  ],
  [
    'a split of one',
    ({ web }) => ({ routes: [Route.split([{ web: web!, weight: 1 }])] }),
    "'routes.shares' is [dfw/web]: a split has 2 to 10 web tiers; write Route.to() for one",
  ],
  [
    'a web tier that is in a split twice',
    ({ web }) => ({
      routes: [
        Route.split([
          { web: web!, weight: 1 },
          { web: web!, weight: 2 },
        ]),
      ],
    }),
    "'routes.shares' is dfw/web: it has two weights; write their sum once",
  ],
  ...[0, -1, 0.5, 1001].map((weight): [string, (tiers: Tiers) => Partial<BalancerProps>, string] => [
    `the weight ${weight}`,
    ({ web, api }) => ({
      routes: [
        Route.split([
          { web: web!, weight: 1 },
          { web: api!, weight },
        ]),
      ],
    }),
    `'routes.weight' is ${weight}: write a whole number from 1 to 1000, or leave the web tier out`,
  ]),
  [
    'a cookie with a hyphen',
    ({ web, api }) => ({
      routes: [
        Route.split(
          [
            { web: web!, weight: 1 },
            { web: api!, weight: 1 },
          ],
          { cookie: 'a-b' },
        ),
      ],
    }),
    "'routes.cookie' is 'a-b': write letters, digits and underscores, such as 'variant'",
  ],
  ...['example.org', 'ftp://example.org', 'https://example.org/?a', 'https://example.org/a b', '//example.org', ''].map(
    (url): [string, (tiers: Tiers) => Partial<BalancerProps>, string] => [
      `a redirect to '${url}'`,
      ({ web }) => ({ web: web!, routes: [Route.redirect(url, { path: '/a' })] }),
      `'routes.url' is '${url}': write a URL without a query, such as 'https://example.org/new/', or a path, such as '/new/'`,
    ],
  ),
  ...(
    [
      ['/new', {}],
      ['https://example.org', { host: 'example.org' }],
      ['https://a.example.org', { host: '*.example.org' }],
      ['/a/b', { path: '/a' }],
    ] as const
  ).map(([url, props]): [string, (tiers: Tiers) => Partial<BalancerProps>, string] => [
    `a redirect to itself, ${url}`,
    () => ({ routes: [Route.redirect(url, props)] }),
    `'routes.url' is '${url}': it leads to itself; give that address a route of its own`,
  ]),
])('%s is an error', (_, make, message) => {
  expect(problems(routedBalancer(NAMES, make))).toEqual([`[dfw/lb] ${message}`]);
});

test('redirects that lead to one another are errors, and one that leads to them is none', () => {
  const made = routedBalancer(NAMES, () => ({
    routes: [
      Route.redirect('https://www.example.org', { host: 'example.org' }),
      Route.redirect('https://example.org/a', { host: 'www.example.org' }),
      Route.redirect('https://www.example.org/old', { host: 'old.example.org' }),
    ],
  }));
  expect(problems(made)).toEqual(
    ['https://www.example.org', 'https://example.org/a'].map(
      (url) => `[dfw/lb] 'routes.url' is '${url}': it leads to itself; give that address a route of its own`,
    ),
  );
});

test('one cookie for splits of other web tiers is an error, for splits of the same ones none', () => {
  const made = (...names: [string, string]) =>
    routedBalancer(NAMES, ({ web, canary, ...tiers }) => ({
      web: web!,
      routes: [
        Route.split(
          [web!, canary!].map((each) => ({ web: each, weight: 1 })),
          { path: '/a', cookie: 'variant' },
        ),
        Route.split(
          names.map((name) => ({ web: { web, canary, ...tiers }[name]!, weight: 1 })),
          { path: '/b', cookie: 'Variant' },
        ),
      ],
    }));
  expect(problems(made('canary', 'web'))).toEqual([]);
  expect(problems(made('api', 'forum'))).toEqual([
    "[dfw/lb] 'routes.cookie' is 'Variant': a split of other web tiers has it; write another name",
  ]);
});

test('a web tier of another site is an error', () => {
  const other = new WebTier(newSite('ord'), 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  const lb = routedBalancer(['web'], ({ web }) => ({ web: web!, routes: [Route.to(other, { path: '/a' })] }));
  expect(problems(lb)).toEqual(["[dfw/lb] 'routes' is 'ord/web': it belongs to another site; name a role of 'dfw'"]);
});

test('a route where files of the store are fetched is an error', () => {
  const lb = routedBalancer(['web'], ({ web }, site) => ({
    web: web!,
    blobs: new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.garage() }),
    routes: [Route.to(web!, { path: '/reproxy/a' })],
  }));
  expect(problems(lb)).toEqual([
    "[dfw/lb] 'routes' is '/reproxy/a': no request reaches it, as '/reproxy/' is for blobs; write another path",
  ]);
});

test('static files where nginx fetches files of the store are an error', () => {
  const lb = routedBalancer(['web'], ({ web }, site) => ({
    web: web!,
    blobs: new BlobStore(site, 'mog', { ram: Size.mebibytes(256), engine: BlobEngine.garage() }),
    staticFiles: [StaticFiles.fromImage('example.org/site:1', '/srv', { paths: ['/reproxy/'] })],
  }));
  expect(problems(lb)).toEqual(["[dfw/lb] 'staticFiles' is '/reproxy/': nginx has it for blobs; write another path"]);
});

test('with Perlbal, a redirect and a split are errors', () => {
  const make: Making = (tiers, site) => ({
    web: tiers['forum']!,
    routes: [
      Route.redirect('/b', { path: '/a' }),
      Route.split(
        [
          { web: tiers['web']!, weight: 1 },
          { web: tiers['api']!, weight: 1 },
        ],
        { path: '/c' },
      ),
    ],
    ...(site ? {} : {}),
  });
  expect(problems(routedBalancer(NAMES, make, 'perlbal'))).toEqual(
    ['/a', '/c'].map(
      (path) =>
        `[dfw/lb] 'routes' is '${path}': Perlbal neither redirects nor splits; leave it out, or write BalancerEngine.nginx()`,
    ),
  );
});

test('a redirect needs no web tier', () => {
  const lb = routedBalancer([], () => ({
    routes: [Route.redirect('https://example.org', { host: 'www.example.org' })],
  }));
  expect(problems(lb)).toEqual([]);
  expect(ofKind(synth(lb), 'NetworkPolicy').map(({ metadata }) => metadata.name)).not.toContain('dfw-lb-to-dfw-web');
});
