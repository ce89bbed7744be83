import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Duration } from 'cdk8s';
import { BalancerProps, PathLimit } from '../constructs';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { problems } from './support';
import { testWith } from './tools';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const onEach = (name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of ['nginx', 'haproxy'] as const) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};
const only =
  (props: Partial<BalancerProps>): Making =>
  ({ web }: Tiers) => ({ web: web!, ...props });

const pathLimits = [
  { path: '/login/', requestsPerMinute: 5 },
  { path: '/login/ok', requestsPerMinute: 1000 },
  { host: 'api.example.org', requestsPerMinute: 3 },
];
/** Some trickle in while the others are sent. */
const about = (count: number) => [count, count + 1, count + 2];

onEach('a path has a limit for each client, however it is spelled', (engine) =>
  running(engine, ['web'], only({ pathLimits, trustedProxies: ['127.0.0.2/32'] }), async ({ ask, requests }) => {
    const count = async (host: string, targets: string[], client: string) => {
      const options = ['--interface', '127.0.0.2', '-H', `X-Forwarded-For: ${client}`];
      const answers = await Promise.all(targets.map((each) => ask(host, '/', '--request-target', each, ...options)));
      expect(answers.map(({ status }) => status).filter((status) => ![200, 400, 429].includes(status))).toEqual([]);
      return answers.filter(({ status }) => status === 200).length;
    };
    const spelled = [
      '/login',
      '/LOGIN/',
      '/%6cogin',
      '//login',
      '/login;a',
      '/login/a?b',
      '/login%2f',
      '/x/../login',
      '/login?',
    ];
    expect(about(5)).toContain(await count('example.org', [...spelled, ...spelled, ...spelled], '192.0.2.1'));
    // Another client, a more specific path and all else are free of that.
    expect(await count('example.org', ['/login', '/login/'], '192.0.2.2')).toBe(2);
    expect(await count('example.org', Array<string>(12).fill('/login/ok'), '192.0.2.1')).toBe(12);
    expect(await count('example.org', Array<string>(12).fill('/logins'), '192.0.2.1')).toBe(12);
    // The host comes first.
    expect(about(3)).toContain(await count('API.example.org', Array<string>(12).fill('/login/ok'), '192.0.2.1'));
    for (const { headers } of requests) expect(headers['x-forwarded-for']).toMatch(/^192\.0\.2\./);
  }),
);

onEach('beside a limit for all requests both count', (engine) =>
  running(engine, ['web'], only({ pathLimits, requestsPerSecond: 1 }), async ({ ask }) => {
    const count = async (path: string) => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask('example.org', path)));
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await count('/login/ok')).toBeLessThan(15);
    expect(await count('/login')).toBeLessThan(8);
  }),
);

onEach('an answer that takes longer is given up', (engine) =>
  running(engine, ['web'], only({ answerTimeout: Duration.seconds(1) }), async ({ ask, requests }) => {
    const answer = await ask('example.org', '/?wait', '-X', 'POST', '-d', 'a');
    expect([answer.status, requests.length]).toEqual([504, 1]);
  }),
);

TOOLS.nginx('nginx: a page that takes longer is not begun anew', () =>
  running('nginx', ['web'], only({ answerTimeout: Duration.seconds(11) }), async ({ ask, requests }) => {
    expect([(await ask('example.org', '/?wait')).status, requests.length]).toEqual([504, 1]);
  }),
);

onEach('a WebSocket is closed when both ends have said nothing for that long', (engine) =>
  running(engine, ['web'], only({ answerTimeout: Duration.seconds(2) }), async ({ port }) => {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const sent = request({ port, path: '/chat', headers, agent: false }).end();
    const [, socket] = (await once(sent, 'upgrade')) as [IncomingMessage, Socket];
    socket.on('error', () => undefined);
    let said = performance.now();
    for (let turn = 0; turn < 4; turn++) {
      await sleep(700);
      socket.write('ping');
      expect(String((await once(socket, 'data'))[0])).toBe('web ping');
      said = performance.now();
    }
    await once(socket, 'close');
    expect(performance.now() - said).toBeGreaterThan(1500);
    expect(performance.now() - said).toBeLessThan(15_000);
  }),
);

test('each engine waits for an answer as long as it is told to', () => {
  const text = (engine: EngineName, props: Partial<BalancerProps>) =>
    Object.values(filesOf(routedBalancer(['web'], only(props), engine))).join('\n');
  const waits: Record<EngineName, string[]> = {
    nginx: ['proxy_read_timeout 60s;', 'proxy_timeout 75s;'],
    haproxy: ['timeout server 60s', 'timeout tunnel 60s'],
    perlbal: ['SET idle_timeout = 60'],
  };
  for (const engine of ['nginx', 'haproxy', 'perlbal'] as const)
    for (const line of waits[engine]) {
      expect(text(engine, {})).toContain(line);
      const longer = line.replace('60', '300').replace('75', '315');
      expect(text(engine, { answerTimeout: Duration.minutes(5) })).toContain(longer);
    }
});

const limited = (pathLimit: PathLimit) => ({ pathLimits: [pathLimit] });
test.each<[string, Partial<BalancerProps>, string]>([
  ['no limit', { pathLimits: [] }, "'pathLimits' is []: name one or more, or leave it out"],
  [
    'too many',
    { pathLimits: Array.from({ length: 21 }, (_, index) => ({ path: `/${index}`, requestsPerMinute: 1 })) },
    "'pathLimits' is 21: write 20 or fewer",
  ],
  ...[0, 1.5, 6001].map((requestsPerMinute): [string, Partial<BalancerProps>, string] => [
    `${requestsPerMinute} requests a minute`,
    limited({ requestsPerMinute }),
    `'pathLimits.requestsPerMinute' is ${requestsPerMinute}: write a whole number from 1 to 6000`,
  ]),
  [
    'a path without a slash',
    limited({ path: 'a', requestsPerMinute: 1 }),
    "'pathLimits.path' is 'a': write a path of 200 or fewer letters, digits and '._~@+,-', such as '/admin/'",
  ],
  [
    'a host that is none',
    limited({ host: 'A', requestsPerMinute: 1 }),
    "'pathLimits.host' is 'A': write a host in lower case without a port, such as 'api.example.org' or '*.example.org'",
  ],
  [
    'a path twice',
    { pathLimits: [...limited({ requestsPerMinute: 1 }).pathLimits, { path: '/', requestsPerMinute: 2 }] },
    "'pathLimits' is '/': it is there twice; leave one of them out",
  ],
  ...[Duration.seconds(0), Duration.minutes(61)].map((answerTimeout): [string, Partial<BalancerProps>, string] => [
    `an answer after ${answerTimeout.toSeconds()} s`,
    { answerTimeout },
    `'answerTimeout' is ${answerTimeout.toSeconds()} s: write a second or more, up to Duration.hours(1)`,
  ]),
])('%s is an error', (_, props, message) => {
  expect(problems(routedBalancer(['web'], only(props)))).toEqual([`[dfw/lb] ${message}`]);
});
