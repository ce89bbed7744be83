import * as http from 'node:http';
import { AddressInfo, Server, createServer } from 'node:net';
import * as tls from 'node:tls';
import { apacheFigures } from '../../agent/exporter/apache';
import { certificateFigures, mailCertificateFigures } from '../../agent/exporter/certificate';
import { cronJobFigures } from '../../agent/exporter/cron-job';
import { memcachedFigures } from '../../agent/exporter/memcached';
import { nginxFigures } from '../../agent/exporter/nginx';
import { exposed } from '../../agent/exporter/queries';
import { redisListFigures } from '../../agent/exporter/redis-lists';
import { placeOf } from '../../agent/exporter/http';
import { serve } from '../../agent/exporter/server';
import type { Kube } from '../../agent/kube';
import { newValues } from '../../cli/secret-values';

/** A server that says this to whoever connects and asks. */
async function saying(text: string): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** What is told of a web server that has these pages. */
async function ofPages(
  pages: Record<string, string>,
  figures: (place: { host: string; port: number }) => Promise<string>,
): Promise<string> {
  const server = http.createServer(({ url = '', method }, response) => {
    const text = pages[url];
    response.writeHead(text === undefined ? 404 : 200, { 'content-length': text?.length ?? 0 });
    response.end(method === 'HEAD' ? undefined : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await figures({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  } finally {
    server.close();
  }
}

test("memcached's statistics get the names that dashboards know", async () => {
  const { server, port } = await saying(
    'STAT pid 1\r\nSTAT evictions 3\r\nSTAT get_hits 40\r\nSTAT get_misses 2\r\nSTAT version 1.6.41\r\nEND\r\n',
  );
  try {
    expect(await memcachedFigures({ host: '127.0.0.1', port })).toBe(
      'memcached_items_evicted_total 3\n' +
        'memcached_commands_total{command="get",status="hit"} 40\n' +
        'memcached_commands_total{command="get",status="miss"} 2\n',
    );
  } finally {
    server.close();
  }
});

test('a server that ends before its answer does has no figures', async () => {
  const { server, port } = await saying('STAT evictions 3\r\n');
  try {
    await expect(memcachedFigures({ host: '127.0.0.1', port })).rejects.toThrow('before its answer was complete');
  } finally {
    server.close();
  }
});

/** A server that answers as Valkey does, and the commands that it got. */
async function valkey(answers: string): Promise<{ server: Server; port: number; got: string[] }> {
  const got: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      got.push(data.toString());
      // In two parts, as a network may.
      socket.write(answers.slice(0, 4));
      setTimeout(() => socket.end(answers.slice(4)), 20);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port, got };
}

const LISTS = {
  kind: 'redis-lists' as const,
  host: '127.0.0.1',
  database: 1,
  lists: { default: 'queues:default', 'mail"s': 'é' },
};

test('the length of each list is a figure of its queue, after a login and in its database', async () => {
  const { server, port, got } = await valkey('+OK\r\n+OK\r\n:42\r\n:0\r\n');
  try {
    const target = { ...LISTS, port, user: 'shop', passwordVariable: 'QUEUE_PASSWORD' };
    expect(await redisListFigures(target, { QUEUE_PASSWORD: 'told' })).toBe(
      'queue_ready{queue="default"} 42\nqueue_ready{queue="mail\\"s"} 0\n',
    );
    expect(got.join('').replaceAll('\r\n', ' ')).toBe(
      '*3 $4 AUTH $4 shop $4 told *2 $6 SELECT $1 1 *2 $4 LLEN $14 queues:default *2 $4 LLEN $2 é ',
    );
  } finally {
    server.close();
  }
});

test.each([
  ['+OK\r\n-WRONGTYPE no list\r\n:0\r\n', 'WRONGTYPE no list'],
  ['+OK\r\n:1\r\n', 'before its answers were complete'],
  ['+OK\r\n$-1\r\n:0\r\n', 'an answer is no length'],
])('a server that answers %j has no figures', async (answers, because) => {
  const { server, port } = await valkey(answers);
  try {
    await expect(redisListFigures({ ...LISTS, port }, {})).rejects.toThrow(because);
  } finally {
    server.close();
  }
});

test('each column of a row is a figure, but for its labels', () => {
  const rows = [
    { function: 'Mail"s', ready: '2', oldest: null },
    { function: 'Import', ready: '0', oldest: '7' },
  ];
  expect(exposed(rows, { prefix: 'queue', labels: ['function'] })).toBe(
    'queue_ready{function="Mail\\"s"} 2\nqueue_ready{function="Import"} 0\nqueue_oldest{function="Import"} 7\n',
  );
  expect(exposed([{ files: '4' }], { prefix: 'blobs', labels: [] })).toBe('blobs_files 4\n');
});

test('one that does not answer is a scrape that failed, and one that nobody knows is none', async () => {
  const server = serve(async (name) => {
    if (name === 'down') throw new Error('connection refused');
    return name === 'up' ? 'a 1\n' : undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = async (path: string) => {
    const response = await fetch(base + path);
    return [response.status, await response.text()];
  };
  try {
    expect(await answer('/metrics?of=up')).toEqual([200, 'a 1\n']);
    expect(await answer('/metrics?of=down')).toEqual([502, 'connection refused\n']);
    expect((await answer('/metrics?of=other'))[0]).toBe(404);
    expect((await answer('/healthz'))[0]).toBe(200);
  } finally {
    server.close();
  }
});

test('a target without an address of its own is asked at the address that the scrape names, and only at one', async () => {
  const seen: (string | undefined)[] = [];
  const server = serve(async (_, at) => {
    seen.push(at);
    return 'a 1\n';
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const path of ['/metrics?of=web&at=10.0.0.7', '/metrics?of=web']) await fetch(base + path);
  } finally {
    server.close();
  }
  expect(seen).toEqual(['10.0.0.7', undefined]);
  expect(placeOf({ kind: 'apache', port: 9117 }, '10.0.0.7')).toEqual({ host: '10.0.0.7', port: 9117 });
  expect(placeOf({ kind: 'apache', port: 9117, host: 'web01' }, '10.0.0.7')).toEqual({ host: 'web01', port: 9117 });
  expect(() => placeOf({ kind: 'apache', port: 9117 }, undefined)).toThrow('name one by at=ADDRESS');
  expect(() => placeOf({ kind: 'apache', port: 9117 }, 'example.org')).toThrow('at=example.org is not an address');
});

test('the workers of Apache are counted, and those that it may have by the places on its scoreboard', async () => {
  const status =
    'localhost\nServerMPM: prefork\nTotal Accesses: 7\nBusyWorkers: 2\nIdleWorkers: 1\nScoreboard: W_R..\n';
  expect(await ofPages({ '/server-status?auto': status }, apacheFigures)).toBe(
    'apache_workers{state="busy"} 2\napache_workers{state="idle"} 1\napache_workers_most 5\napache_accesses_total 7\n',
  );
});

test('an Apache that has no such page is a scrape that failed', async () => {
  await expect(ofPages({}, apacheFigures)).rejects.toThrow('/server-status?auto: status 404');
  await expect(ofPages({ '/server-status?auto': 'Welcome: to the site\n' }, apacheFigures)).rejects.toThrow(
    'no workers',
  );
});

test('the marks that nginx made are counted by the sizes of its logs', async () => {
  const status =
    'Active connections: 12 \nserver accepts handled requests\n 5 5 90 \nReading: 0 Writing: 1 Waiting: 0 \n';
  const sizes = { errors: 6, missed: 0, 'slow-0.1': 8, 'slow-0.25': 4, 'slow-0.5': 2, 'slow-1': 0, 'slow-2.5': 0 };
  const files = Object.entries({ ...sizes, 'slow-5': 0, 'slow-10': 0 }).map(([name, size]) => ({ name, size }));
  const pages = { '/metrics': status, '/marks/': JSON.stringify(files) };
  expect(await ofPages(pages, nginxFigures)).toBe(
    `nginx_connections_active 12
nginx_http_requests_total 90
nginx_server_errors_total 3
nginx_web_missed_total 0
nginx_web_slow_total{over="0.1"} 4
nginx_web_slow_total{over="0.25"} 2
nginx_web_slow_total{over="0.5"} 1
nginx_web_slow_total{over="1"} 0
nginx_web_slow_total{over="2.5"} 0
nginx_web_slow_total{over="5"} 0
nginx_web_slow_total{over="10"} 0
`,
  );
  const without = { ...pages, '/marks/': '[]' };
  await expect(ofPages(without, nginxFigures)).rejects.toThrow('there are no marks of slow-0.1');
});

test('a certificate is asked of the server itself, whoever signed it', async () => {
  const made = await newValues({ name: 'tls', namespaces: [], keys: { tls: 'certificate' }, hosts: ['example.org'] });
  const server = tls.createServer({ cert: made['tls.crt'], key: made['tls.key'] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const told = await certificateFigures({ host: '127.0.0.1', port, serverName: 'example.org' });
    const [, seconds] = /^tls_certificate_not_after_seconds (\d+)\n$/.exec(told) ?? [];
    const years = (Number(seconds) * 1000 - Date.now()) / (365.25 * 86_400_000);
    expect(years).toBeCloseTo(10, 1);
  } finally {
    server.close();
  }
});

/** What is told of a mail server that gives these answers, the last of which begins TLS. */
async function ofMailServer(answers: string[]): Promise<string> {
  const made = await newValues({
    name: 'tls',
    namespaces: [],
    keys: { tls: 'certificate' },
    hosts: ['mail.example.org'],
  });
  const server = createServer((socket) => {
    const left = [...answers];
    socket.on('error', () => undefined);
    socket.write(left.shift() ?? '');
    const hear = () => {
      socket.write(left.shift() ?? '');
      if (left.length > 0) return;
      socket.off('data', hear);
      const secured = new tls.TLSSocket(socket, { isServer: true, cert: made['tls.crt'], key: made['tls.key'] });
      secured.on('error', () => undefined).on('data', () => secured.end());
    };
    socket.on('data', hear);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await mailCertificateFigures({ host: '127.0.0.1', port, serverName: 'mail.example.org' });
  } finally {
    server.close();
  }
}

test('a mail server is asked for its certificate by STARTTLS', async () => {
  const told = await ofMailServer([
    '220 mail ESMTP\r\n',
    '250-mail\r\n250-SIZE 1\r\n250 STARTTLS\r\n',
    '220 Ready\r\n',
  ]);
  const [, seconds] = /^tls_certificate_not_after_seconds (\d+)\n$/.exec(told) ?? [];
  expect((Number(seconds) * 1000 - Date.now()) / (365.25 * 86_400_000)).toBeCloseTo(10, 1);
});

test('a mail server that takes no more clients, or that offers no TLS, is a scrape that failed', async () => {
  await expect(ofMailServer(['421 too many connections\r\n', '', ''])).rejects.toThrow(
    'it does not begin TLS: 421 too many connections',
  );
  await expect(ofMailServer(['220-mail\r\n220 ESMTP\r\n', '250 mail\r\n', '502 what?\r\n'])).rejects.toThrow(
    'it does not begin TLS: 502 what?',
  );
});

test('a CronJob tells when it last succeeded, and one that never has, since when it is there', async () => {
  const asked: string[] = [];
  const saying = (status: object) => {
    const answer = { metadata: { creationTimestamp: '2026-01-01T00:00:00Z' }, status };
    return { call: async (_: string, path: string) => (asked.push(path), answer) } as unknown as Kube;
  };
  const job = { kind: 'cron-job', namespace: 'dfw', name: 'dfw-db-dump' } as const;
  const succeeded = { lastScheduleTime: '2026-01-03T03:17:00Z', lastSuccessfulTime: '2026-01-02T03:18:00Z' };
  expect(await cronJobFigures(saying(succeeded), job)).toBe(
    `cron_job_succeeded_seconds ${Date.UTC(2026, 0, 2, 3, 18) / 1000}\n`,
  );
  expect(await cronJobFigures(saying({}), job)).toBe(`cron_job_succeeded_seconds ${Date.UTC(2026, 0, 1) / 1000}\n`);
  expect(asked[0]).toBe('/apis/batch/v1/namespaces/dfw/cronjobs/dfw-db-dump');
});
