import * as http from 'node:http';
import * as net from 'node:net';
import { Channel, SIGNATURE } from '../../agent/channel';
import * as leader from '../../agent/leader';
import { HttpPeers } from '../../agent/peer';
import type { Answers } from '../../agent/server';
import { serve } from '../../agent/server';

const TIMINGS = { leaseMs: 1000, renewMs: 250, giveUpMs: 800 };
const ASK = { holder: 'shop-0_abc', term: 5, again: false, leaseMs: 1000 };
const servers: http.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const answers = (more: Partial<Answers> = {}): Answers => ({
  healthy: () => true,
  active: () => ({ active: false, term: undefined, pod: 'shop-1' }),
  switchOver: async () => ({ done: true }),
  status: async () => ({ pod: 'shop-1' }),
  answer: () => ({ agrees: true, reason: 'it is told to' }),
  metrics: async () => '',
  ...more,
});

/** An agent that answers at a port of this machine's. */
async function agent(channel?: Channel, more: Partial<Answers> = {}): Promise<number> {
  const server = serve(answers(more), channel);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

let clock = 0;
const channel = (pod: string, keys = ['one'], pair = 'shops/shop') =>
  new Channel(
    pair,
    pod,
    () => keys,
    () => ++clock,
  );
const asks = (port: number, by?: Channel) =>
  new HttpPeers(port, ['shop-1'], () => [{ pod: 'shop-1', address: '127.0.0.1', node: 'n' }], by);

/** A request by hand: what a stranger sends. */
function request(port: number, method: string, path: string, body = '', headers = {}, localAddress = '127.0.0.1') {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = http.request(
      { host: '127.0.0.1', port, method, path, headers, localAddress, agent: false },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      },
    );
    sent.on('error', reject).end(body);
  });
}

test('the agents of a pair ask each other for an agreement and for a status', async () => {
  const port = await agent(channel('shop-1'));
  const peers = asks(port, channel('shop-0'));
  await expect(peers.agree(ASK, 1000)).resolves.toEqual({ agrees: true, reason: 'shop-1: it is told to' });
  await expect(peers.statuses(1000)).resolves.toEqual([{ pod: 'shop-1' }]);
});

test('an agent of another pair, which has the address of the peer by now, does not agree', async () => {
  let other = leader.seen(
    leader.initial('web-1_x', TIMINGS),
    { holder: 'web-0_y', term: 1, version: '77', facts: {} },
    0,
  );
  const answer = (ask: leader.Ask) => {
    const [next, said] = leader.answer(other, ask, 5000);
    other = next;
    return said;
  };
  for (const theirs of [
    undefined,
    channel('web-1', ['one'], 'webs/web'),
    channel('web-1'),
    channel('shop-1', ['two']),
  ]) {
    const peers = asks(await agent(theirs, { answer }), channel('shop-0'));
    expect((await peers.agree(ASK, 1000)).agrees).toBe(false);
    await expect(peers.statuses(1000)).resolves.toEqual([]);
  }
  expect(leader.mayAttempt(other, 1e9)).toBe(true);
});

test('a question to another pod, or of another pair with the same key, is not answered', () => {
  const here = channel('shop-1');
  for (const [pair, to] of [
    ['shops/shop', 'shop-2'],
    ['webs/web', 'shop-1'],
  ]) {
    const { text, signature } = channel('shop-0', ['one'], pair).question(to!, ASK);
    expect(here.read(text, signature)).toBe('this is shop-1 of shops/shop');
  }
});

test('an agent without a key asks nobody', async () => {
  const reason = 'shop-1: there is no key to ask it with';
  await expect(asks(await agent(channel('shop-1'))).agree(ASK, 1000)).resolves.toEqual({ agrees: false, reason });
  expect((await asks(await agent(channel('shop-1')), channel('shop-0', [])).agree(ASK, 1000)).agrees).toBe(false);
});

test('while a key is replaced, the pod with the new one and that with the old one understand each other', async () => {
  for (const [mine, theirs] of [
    [['new', 'old'], ['old']],
    [['old'], ['new', 'old']],
    [
      ['new', 'old'],
      ['new', 'old'],
    ],
  ]) {
    const peers = asks(await agent(channel('shop-1', theirs)), channel('shop-0', mine));
    expect((await peers.agree(ASK, 1000)).agrees).toBe(true);
  }
});

test('a question that is repeated, changed or unsigned is not answered, and asks for nothing', async () => {
  let asked = 0;
  const answer = () => ({ agrees: true, reason: `${++asked}` });
  const port = await agent(channel('shop-1'), { answer });
  const { text, signature } = channel('shop-0').question('shop-1', ASK);
  const signed = { [SIGNATURE]: signature };
  expect((await request(port, 'POST', '/peer', text, signed)).status).toBe(200);
  expect(await request(port, 'POST', '/peer', text, signed)).toEqual({
    status: 403,
    body: expect.stringContaining('the question is an old one'),
  });
  expect((await request(port, 'POST', '/peer', text.replace('"term":5', '"term":6'), signed)).status).toBe(403);
  expect((await request(port, 'POST', '/peer', text)).status).toBe(403);
  expect((await request(port, 'POST', '/peer', JSON.stringify(ASK))).status).toBe(403);
  expect((await request(port, 'POST', '/peer', 'no json', { [SIGNATURE]: 'x'.repeat(64) })).status).toBe(403);
  expect((await request(port, 'POST', '/peer', 'x'.repeat(5000), signed)).status).toBe(413);
  expect(asked).toBe(1);
});

test('an answer to an earlier question is not taken for one to this', () => {
  const [asking, answering] = [channel('shop-0'), channel('shop-1')];
  const first = asking.question('shop-1', ASK);
  const second = asking.question('shop-1', ASK);
  const question = answering.read(first.text, first.signature);
  if (typeof question === 'string') throw new Error(question);
  const { text, signature } = answering.answer(question, { agrees: true });
  expect(asking.open(first.question, text, signature)).toEqual({ agrees: true });
  expect(() => asking.open(second.question, text, signature)).toThrow('the answer is one to another question');
  expect(() => asking.open(first.question, text.replace('true', 'false'), signature)).toThrow('is not signed');
  // The question itself, sent back, is no answer either.
  expect(() => asking.open(first.question, first.text, first.signature)).toThrow('is not signed');
});

test('an order is obeyed from the pod itself alone, and never as a GET', async () => {
  let orders = 0;
  const switchOver = async () => ({ done: ++orders > 0 });
  const server = serve(answers({ switchOver }), channel('shop-1'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as net.AddressInfo;
  for (const path of ['/handover', '/switchover', '/leave'])
    expect((await request(port, 'GET', path)).status).toBe(404);
  expect((await request(port, 'POST', '/handover')).status).toBe(404);
  expect(orders).toBe(0);
  expect((await request(port, 'POST', '/switchover')).status).toBe(200);
  // By the kubelet's node, or another pod: an address that is not the loopback's.
  server.on('connection', (socket) => Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.9' }));
  expect((await request(port, 'POST', '/switchover')).status).toBe(403);
  expect((await request(port, 'GET', '/peer')).status).toBe(403);
  expect(orders).toBe(1);
});

test('one address with many half-open requests keeps nobody else from being answered', async () => {
  const server = serve(answers(), channel('shop-1'));
  servers.push(server);
  let strangers = true;
  let came = 0;
  // Before the server's own count, which goes by the address.
  server.prependListener('connection', (socket) => {
    came++;
    if (strangers) Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.66' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const sockets = Array.from({ length: 1500 }, () => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined).write('POST /peer HTTP/1.1\r\nhost: x\r\ncontent-length: 4000\r\n\r\n{');
    return socket;
  });
  while (came < sockets.length) await new Promise((resolve) => setTimeout(resolve, 20));
  strangers = false;
  const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(open).toBeLessThanOrEqual(8);
  expect((await request(port, 'GET', '/healthz')).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('a request that does not end is ended', async () => {
  const port = await agent(channel('shop-1'));
  const socket = net.connect(port, '127.0.0.1');
  socket
    .on('error', () => undefined)
    .resume()
    .write('POST /peer HTTP/1.1\r\nhost: x\r\ncontent-length: 4000\r\n\r\n{');
  const startedAt = performance.now();
  await new Promise((resolve) => socket.on('close', resolve));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('a peer that answers without end is not listened to', async () => {
  const server = http.createServer((_, response) => {
    const more = () => void (response.writable && response.write('x'.repeat(10_000), more));
    more();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const answer = await asks(port, channel('shop-0')).agree(ASK, 5000);
  expect(answer).toEqual({ agrees: false, reason: 'shop-1: the answer is too long' });
});
