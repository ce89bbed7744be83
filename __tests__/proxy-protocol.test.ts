import { connect } from 'node:net';
import { BalancerProps, Front, FrontController } from '../constructs';
import { EngineName, Making, Tiers, routedBalancer, running } from './routed';
import { problems } from './support';
import { testWith } from './tools';
import { ATTACKS, Stranger, statusOf } from './strangers';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const onEach = (name: string, what: (engine: EngineName) => Promise<void>) => {
  for (const engine of ['nginx', 'haproxy'] as const) TOOLS[engine](`${engine}: ${name}`, () => what(engine), 60_000);
};
const only =
  (props: Partial<BalancerProps>): Making =>
  ({ web }: Tiers) => ({ web: web!, ...props });

/** Addresses of this machine: a load balancer and a stranger. */
const [BALANCER, STRANGER] = ['127.0.0.2', '127.0.0.9'];
const proxyProtocol = [`${BALANCER}/32`];
const V1 = 'PROXY TCP4 203.0.113.7 192.0.2.1 4711 80\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n';

/** The second version of the protocol: from 203.0.113.8, or, as a check of health, from nobody. */
const v2 = (local = false) => {
  const head = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
  const addresses = Buffer.from([203, 0, 113, 8, 192, 0, 2, 1, 0x12, 0x34, 0, 80]);
  if (local) return Buffer.concat([head, Buffer.from([0x20, 0, 0, 0])]);
  return Buffer.concat([head, Buffer.from([0x21, 0x11, 0, addresses.length]), addresses]);
};

/** The answer to the bytes of a connection from an address. */
async function answerTo(port: number, from: string, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    let text = '';
    const end = () => resolve(text);
    socket.setTimeout(12_000, () => socket.destroy());
    socket
      .on('data', (data) => (text += data.toString()))
      .on('error', end)
      .on('close', end);
    for (const part of parts) socket.write(part);
  });
}

onEach('a load balancer is believed who its client is, a stranger is not', (engine) =>
  running(engine, ['web'], only({ proxyProtocol, requestsPerSecond: 100 }), async ({ port, health, requests }) => {
    const seen = async (...parts: (string | Buffer)[]) => {
      expect(await answerTo(port, BALANCER, ...parts)).toMatch(/^HTTP\/1.1 200 /);
      return requests.at(-1)!.headers['x-forwarded-for'];
    };
    expect(await seen(V1, GET)).toBe('203.0.113.7');
    expect(await seen(v2(), GET)).toBe('203.0.113.8');
    // Its check of health has no client, and a header within the request says nothing.
    expect(await seen(v2(true), GET)).toBe(BALANCER);
    expect(await seen(V1, GET.replace('\r\n\r\n', '\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n'))).toBe('203.0.113.7');
    const count = requests.length;
    for (const header of [V1, v2()]) await answerTo(port, STRANGER, header, GET);
    for (const { headers } of requests.slice(count)) expect(headers['x-forwarded-for']).toBe(STRANGER);
    // One header alone counts; a second one is no request.
    expect(await answerTo(port, BALANCER, V1, V1, GET)).not.toMatch(/^HTTP\/1.1 200 /);
    expect(await answerTo(port, BALANCER, V1.replace('TCP4', 'TCP9'), GET)).not.toMatch(/^HTTP\/1.1 200 /);
    expect(await answerTo(port, BALANCER, GET)).not.toMatch(/^HTTP\/1.1 200 /);
    // Checks of health by the cluster and by the agent have a port of their own.
    expect(await statusOf(`http://127.0.0.1:${health}/healthz`, STRANGER)).toBe(200);
  }),
);

onEach('clients behind a load balancer have limits of their own', (engine) =>
  running(engine, ['web'], only({ proxyProtocol }), async ({ port }) => {
    const attack = { ...ATTACKS['one-byte']!, first: `${V1}G` };
    const stranger = new Stranger(attack, { host: '127.0.0.1', port, from: BALANCER }, 600);
    try {
      await stranger.begun();
      const other = V1.replace('203.0.113.7', '203.0.113.8');
      expect(await answerTo(port, BALANCER, other, GET)).toMatch(/^HTTP\/1.1 200 /);
      expect(await answerTo(port, BALANCER, V1, GET)).toBe('');
    } finally {
      stranger.stop();
    }
  }),
);

onEach('a proxy behind a load balancer is believed, too, and by HTTPS a client has its address', (engine) =>
  running(
    engine,
    ['web'],
    only({ proxyProtocol, trustedProxies: ['203.0.113.7/32'], tls: true }),
    async ({ port, requests, askTls }) => {
      const forwarded = '\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\n\r\n';
      await answerTo(port, BALANCER, V1, GET.replace('\r\n\r\n', forwarded));
      expect(requests.at(-1)!.headers).toMatchObject({ 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' });
      await askTls('example.org', '/', '--interface', BALANCER, '--haproxy-protocol');
      expect(requests.at(-1)!.headers).toMatchObject({ 'x-forwarded-for': BALANCER, 'x-forwarded-proto': 'https' });
      expect(await answerTo(port, BALANCER, v2(), GET.replace('\r\n\r\n', forwarded))).toMatch(/^HTTP\/1.1 308 /);
    },
  ),
);

test.each<[string, Partial<BalancerProps>, string]>([
  ['none', { proxyProtocol: [] }, "'proxyProtocol' is []: name one or more, or leave it out"],
  [
    'no network',
    { proxyProtocol: ['lb'] },
    "'proxyProtocol' is 'lb': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  [
    'everybody',
    { proxyProtocol: ['0.0.0.0/0'] },
    "'proxyProtocol' is '0.0.0.0/0': each client could say that it is another; write the networks of load balancers",
  ],
])('%s is an error', (_, props, message) => {
  expect(problems(routedBalancer(['web'], only(props)))).toEqual([`[dfw/lb] ${message}`]);
});

test('a front that reads requests begins no connection so', () => {
  const controller = FrontController.networks(['10.0.0.0/8']);
  const front = Front.ingress({ className: 'traefik', controller });
  expect(problems(routedBalancer(['web'], only({ proxyProtocol, front })))).toEqual([
    "[dfw/lb] 'proxyProtocol' is ['127.0.0.2/32']: the front brings requests, by HTTP; leave it out, or write Front.loadBalancer()",
  ]);
});
