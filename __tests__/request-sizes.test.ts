import { once } from 'node:events';
import { IncomingMessage, OutgoingHttpHeaders, request } from 'node:http';
import { Size } from 'cdk8s';
import { BalancerProps } from '../constructs';
import { haproxyClientLimit } from '../constructs/balancer/haproxy-sizes';
import { clientLimit } from '../constructs/balancer/nginx-sizes';
import { EngineName, Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { problems } from './support';
import { testWith } from './tools';

const TOOLS = {
  nginx: testWith('nginx', 'openssl'),
  haproxy: testWith('haproxy', 'openssl'),
  perlbal: testWith('perlbal'),
};
const only =
  (props: Partial<BalancerProps>): Making =>
  ({ web }: Tiers) => ({ web: web!, ...props });
const line = (bytes: number, name = 'X-A') => ['-H', `${name}: ${'a'.repeat(bytes)}`];
const lines = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, index) => line(bytes, `X-A${index}`)).flat();
/** KiB for what curl and the test's web slice add. */
const ROOM = 0.5;

describe.each(['nginx', 'haproxy'] as const)('%s', (engine) => {
  TOOLS[engine].each([8, 32, 64])(
    'headers of %i KiB pass in one line or in many, in a URL and in an answer, by HTTP/1.1 and HTTP/2; twice as much is refused',
    (kibibytes) =>
      running(
        engine,
        ['web'],
        // HTTP leads to HTTPS, where both versions are.
        only({ largestHeaders: Size.kibibytes(kibibytes), tls: true }),
        async ({ askTls, requests }) => {
          for (const version of ['--http1.1', '--http2']) {
            // A refusal may cut the connection while its headers are on their way.
            const status = (path: string, ...options: string[]) =>
              askTls('example.org', path, version, ...options).then(
                (answer) => answer.status,
                () => 400,
              );
            const fits = (kibibytes - ROOM) * 1024;
            expect([
              version,
              await status('/', ...line(fits)),
              await status('/', ...lines(4, fits / 4)),
              await status(`/?${'a'.repeat(fits)}`),
              await status(`/?large=${fits}`),
            ]).toEqual([version, 200, 200, 200, 200]);
            const before = requests.length;
            // HAProxy has no smaller buffers than 15 KiB, and nginx may take two lines that large.
            const most = Math.max(kibibytes, 15) * 1024;
            const refused = [
              await status('/', ...line(most + 1024)),
              await status('/', ...lines(9, most / 4)),
              await status(`/?${'a'.repeat(most + 1024)}`),
            ];
            for (const each of refused) expect([version, 400, 414, 431]).toContain(each);
            expect(requests).toHaveLength(before);
            expect([version, await status(`/?large=${most + 1024}`)]).toEqual([version, 502]);
          }
        },
      ),
    60_000,
  );

  TOOLS[engine]('headers of an answer that fill the buffers leave room for those that the balancer adds', () =>
    running(
      engine,
      ['web'],
      only({
        largestHeaders: Size.kibibytes(16),
        headers: Object.fromEntries(['B', 'C', 'D'].map((name) => [`X-${name}`, 'b'.repeat(2000)])),
      }),
      async ({ ask }) => {
        const { status, headers } = await ask('example.org', `/?large=${15.5 * 1024}`);
        expect([status, headers.match(/^x-[bcd]: b{2000}\r?$/gim)?.length]).toEqual([200, 3]);
      },
    ),
  );
});

TOOLS.perlbal('perlbal: headers of 95 KiB pass, of 101 KiB none', () =>
  running('perlbal', ['web'], only({}), async ({ ask }) => {
    const status = (bytes: number) =>
      ask('example.org', '/', ...line(bytes)).then(
        (answer) => answer.status,
        () => 'closed',
      );
    expect([await status(95 * 1024), await status(101 * 1024)]).toEqual([200, 'closed']);
  }),
);

const BODY = Size.kibibytes(64);

for (const engine of ['nginx', 'haproxy', 'perlbal'] as const)
  TOOLS[engine](`${engine}: a body of the largest size passes, and a byte more does not`, () =>
    running(engine, ['web'], only({ largestBody: BODY }), async ({ port, requests }) => {
      const post = async (bytes: number, headers: OutgoingHttpHeaders) => {
        const sent = request({ port, method: 'POST', headers, agent: false }).end(Buffer.alloc(bytes));
        // Perlbal may close the connection while a body is on its way.
        const answer = once(sent, 'response') as Promise<[IncomingMessage]>;
        return answer.then(([got]) => got.resume().statusCode).catch(() => 413);
      };
      const bytes = BODY.toKibibytes() * 1024;
      expect(await post(bytes, { 'content-length': bytes })).toBe(200);
      const before = requests.length;
      expect(await post(bytes + 1, { 'content-length': bytes + 1 })).toBe(413);
      const chunked = await post(2 * bytes, { 'transfer-encoding': 'chunked' });
      expect(chunked).toBe(engine === 'haproxy' ? 411 : 413);
      expect(requests.slice(before).map(({ headers }) => headers)).toEqual([]);
    }),
  );

test('without the property each engine keeps its own limits', () => {
  expect(filesOf(routedBalancer(['web'], only({})))['nginx.conf']).not.toMatch(/header_buffers|proxy_buffers/);
  expect(filesOf(routedBalancer(['web'], only({}), 'haproxy'))['haproxy.cfg']).not.toContain('tune.');
});

test('larger headers leave room for fewer clients', () => {
  expect([clientLimit(256), clientLimit(256, 8), clientLimit(256, 64)]).toEqual([1856, 1484, 618]);
  expect([haproxyClientLimit(256), haproxyClientLimit(256, 8), haproxyClientLimit(256, 64)]).toEqual([1664, 1664, 942]);
});

test.each<[string, Size, EngineName, string]>([
  ['less than a line', Size.kibibytes(7), 'nginx', '7 KiB: write Size.kibibytes(8) to Size.kibibytes(64)'],
  ['more than 64 KiB', Size.kibibytes(65), 'haproxy', '65 KiB: write Size.kibibytes(8) to Size.kibibytes(64)'],
  [
    'a size for Perlbal',
    Size.kibibytes(32),
    'perlbal',
    '32 KiB: Perlbal takes 100 KiB; leave it out, or write BalancerEngine.nginx()',
  ],
])('%s is an error', (_, largestHeaders, engine, message) => {
  expect(problems(routedBalancer(['web'], only({ largestHeaders }), engine))).toEqual([
    `[dfw/lb] 'largestHeaders' is ${message}`,
  ]);
});
