import { Agent, request } from 'node:http';
import { BalancerProps } from '../constructs';
import { Making, Tiers, filesOf, routedBalancer, running } from './routed';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, serve } from './servers';
import { endProgram, startProgram } from './started';
import { statusOf } from './strangers';
import { testWith } from './tools';

const TOOLS = { nginx: testWith('nginx', 'openssl'), haproxy: testWith('haproxy', 'openssl') };
const only =
  (props: Partial<BalancerProps>): Making =>
  ({ web }: Tiers) => ({ web: web!, ...props });

/** Asks once for each client, 50 at a time, and gives back how often each status came. */
async function askFor(port: number, clients: string[], path = '/'): Promise<Map<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const counts = new Map<number, number>();
  const left = [...clients];
  const ask = (client: string) =>
    new Promise<void>((resolve, reject) => {
      const sent = request({ port, path, agent, headers: { 'X-Forwarded-For': client } }, (answer) => {
        counts.set(answer.statusCode!, (counts.get(answer.statusCode!) ?? 0) + 1);
        answer.resume().on('end', resolve);
      });
      sent.on('error', reject).end();
    });
  const worker = async () => {
    for (let client = left.pop(); client !== undefined; client = left.pop()) await ask(client);
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  agent.destroy();
  return counts;
}

/**
 * Counts of an address are kept for a minute: of a million in a day that is 700. The smallest slice has room for some 1,300, so ten times
 * as many, as fast as they can come, are more than such days.
 */
const ADDRESSES = Array.from(
  { length: 12_000 },
  (_, index) => `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
);

describe.each(['nginx', 'haproxy'] as const)('%s', (engine) => {
  TOOLS[engine](
    'refuses no client, and none more than it may ask, where more addresses come than there are places to count them',
    () =>
      running(
        engine,
        ['web'],
        only({
          trustedProxies: ['127.0.0.1/32'],
          requestsPerSecond: 1,
          pathLimits: [{ path: '/login/', requestsPerMinute: 10 }],
        }),
        async ({ port }) => {
          expect(await askFor(port, ADDRESSES)).toEqual(new Map([[200, ADDRESSES.length]]));
          expect(await askFor(port, ADDRESSES, '/login/')).toEqual(new Map([[200, ADDRESSES.length]]));
          // The last ones are still counted.
          const often = await askFor(
            port,
            Array.from({ length: 40 }, () => '203.0.113.1'),
            '/login/',
          );
          expect(often.get(200)).toBeLessThanOrEqual(12);
          expect(often.get(429)).toBeGreaterThanOrEqual(28);
        },
      ),
    120_000,
  );
});

TOOLS.haproxy.each([99, 300])('haproxy: %i web slices have even shares of the requests', async (slices) => {
  const counts = new Map<string, number>();
  const web = await serve(
    (asked, response) => {
      const address = asked.socket.localAddress!;
      counts.set(address, (counts.get(address) ?? 0) + 1);
      response.end();
    },
    0,
    '0.0.0.0',
  );
  const [http, health] = (await freePorts(2)) as [number, number];
  const servers = Array.from(
    { length: slices },
    (_, index) => `server web${index + 1} 127.1.${index >> 8}.${index & 255}:${web.port}`,
  );
  const root = mkdtempSync(join(tmpdir(), 'haproxy-'));
  const text = filesOf(routedBalancer(['web'], only({ accessLog: false }), 'haproxy'))
    ['haproxy.cfg']!.replace(/server-template .*/, servers.join('\n  '))
    .replaceAll('0.0.0.0:8080', `127.0.0.1:${http}`)
    .replaceAll('0.0.0.0:8081', `127.0.0.1:${health}`);
  writeFileSync(join(root, 'haproxy.cfg'), text);
  const haproxy = startProgram('haproxy', ['-db', '-f', join(root, 'haproxy.cfg')]);
  try {
    for (let left = 100; left > 0; left--) {
      if ((await statusOf(`http://127.0.0.1:${health}/healthz`, '127.0.0.1')) === 200) break;
      await sleep(100);
    }
    const each = 10;
    expect(
      await askFor(
        http,
        Array.from({ length: each * slices }, () => ''),
      ),
    ).toEqual(new Map([[200, each * slices]]));
    expect(counts.size).toBe(slices);
    expect([...counts].filter(([, count]) => Math.abs(count - each) > 0.2 * each)).toEqual([]);
  } finally {
    await endProgram(haproxy, 'SIGKILL');
    web.server.close();
    web.server.closeAllConnections();
  }
});
