import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { probeAt } from '../../agent/marking/probe';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

/** Listens at a port of its own, and returns that. */
async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('a program that says a word answers, and its kernel did so before', async () => {
  const port = await listening(createHttpServer((_, response) => response.writeHead(503).end()));
  const connected = jest.fn();
  expect(await probeAt(port, 5_000, 5_000)('127.0.0.1', connected)).toBe('program');
  expect(connected).toHaveBeenCalledTimes(1);
});

test('a program that hangs is its kernel alone', async () => {
  const port = await listening(createServer((socket) => socket.resume()));
  const connected = jest.fn();
  expect(await probeAt(port, 5_000, 100)('127.0.0.1', connected)).toBe('kernel');
  expect(connected).toHaveBeenCalledTimes(1);
});

test('a connection that is refused or ended is an answer', async () => {
  const port = await listening(createServer((socket) => socket.destroy()));
  expect(await probeAt(port, 5_000, 5_000)('127.0.0.1')).toBe('program');
  await new Promise((resolve) => servers.splice(0)[0]!.close(resolve));
  expect(await probeAt(port, 5_000, 5_000)('127.0.0.1')).toBe('program');
});

test('few connections wait for one address, however often it is tried', async () => {
  const server = createServer();
  const port = await listening(server);
  let most = 0;
  let open = 0;
  server.on('connection', (socket) => {
    socket.resume();
    most = Math.max(most, ++open);
    socket.on('error', () => undefined).on('close', () => open--);
  });
  const probe = probeAt(port, 5_000, 300);
  const answers = [];
  for (let times = 0; times < 20; times++) {
    answers.push(probe('127.0.0.1'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, () => 'kernel'));
  expect(most).toBeLessThanOrEqual(8);
});
