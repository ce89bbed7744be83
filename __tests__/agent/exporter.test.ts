import { AddressInfo, Server, createServer } from 'node:net';
import { memcachedFigures } from '../../agent/exporter/memcached';
import { exposed } from '../../agent/exporter/queries';
import { serve } from '../../agent/exporter/server';

/** A server that says this to whoever connects and asks. */
async function saying(text: string): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
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
