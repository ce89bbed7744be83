import { mkdtempSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MySqlClient, MySqlError } from '../../agent/mysql/client';
import { parseHandshake, readLength, scramble } from '../../agent/mysql/packets';
import { MySqlServer } from '../../agent/mysql/server';

const NONCE = Buffer.from('abcdefghijklmnopqrst');
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
const EOF = Buffer.from([0xfe, 0, 0, 2, 0]);

function greeting(plugin = 'caching_sha2_password'): Buffer {
  const head = Buffer.concat([Buffer.from([10]), Buffer.from('9.7.4\0'), Buffer.alloc(4), NONCE.subarray(0, 8)]);
  const middle = Buffer.from([0, 0xff, 0xff, 45, 2, 0, 0xff, 0xdf, 21]);
  return Buffer.concat([head, middle, Buffer.alloc(10), NONCE.subarray(8), Buffer.from(`\0${plugin}\0`)]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
}

function column(name: string): Buffer {
  return Buffer.concat([...['def', '', '', '', name, ''].map(text), Buffer.alloc(13)]);
}

function error(code: number, message: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, code & 0xff, code >> 8]), Buffer.from(`#HY000${message}`)]);
}

const servers: net.Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that greets, and answers each packet with the next of the script; what it was sent is kept. */
async function scripted(script: Buffer[][], chunk = Infinity): Promise<{ path: string; sent: Buffer[] }> {
  const path = join(mkdtempSync(join(tmpdir(), 'mysql-')), 'socket');
  const sent: Buffer[] = [];
  const server = net.createServer((socket) => {
    let sequence = 0;
    const answer = (packets: Buffer[]) => {
      const bytes = Buffer.concat(
        packets.flatMap((body) => {
          const head = Buffer.from([body.length & 0xff, body.length >> 8, 0, sequence++]);
          return [head, body];
        }),
      );
      for (let at = 0; at < bytes.length; at += chunk) socket.write(bytes.subarray(at, at + chunk));
    };
    answer([greeting()]);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      sequence = data.readUInt8(3) + 1;
      sent.push(data.subarray(4));
      answer(script.shift() ?? []);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, sent };
}

const login = { user: 'agent', password: 'secret', timeoutMs: 500 };

test('the greeting is read', () => {
  expect(parseHandshake(greeting())).toMatchObject({ version: '9.7.4', plugin: 'caching_sha2_password', nonce: NONCE });
});

test('the password is never told by its proof, which depends on the nonce', () => {
  const proof = scramble('caching_sha2_password', 'secret', NONCE);
  expect(proof).toHaveLength(32);
  expect(proof).not.toEqual(scramble('caching_sha2_password', 'secret', Buffer.from('tsrqponmlkjihgfedcba')));
  expect(scramble('caching_sha2_password', '', NONCE)).toHaveLength(0);
});

test('a plugin that sends passwords in another way is refused', () => {
  expect(() => scramble('mysql_clear_password', 'secret', NONCE)).toThrow('the server wants mysql_clear_password');
});

test('over a unix socket the password is sent where the server has not cached its proof', async () => {
  const { path, sent } = await scripted([[Buffer.from([1, 4])], [OK]]);
  (await MySqlClient.connect({ socketPath: path, ...login })).close();
  expect(sent[1]?.toString()).toBe('secret\0');
});

test('a server that switches to another nonce is followed', async () => {
  const nonce = Buffer.from('tsrqponmlkjihgfedcba');
  const change = Buffer.concat([Buffer.from([0xfe]), Buffer.from('caching_sha2_password\0'), nonce, Buffer.from([0])]);
  const { path, sent } = await scripted([[change], [Buffer.from([1, 3]), OK]]);
  (await MySqlClient.connect({ socketPath: path, ...login })).close();
  expect(sent[1]).toEqual(scramble('caching_sha2_password', 'secret', nonce));
});

test.each([1, 7, Infinity])('rows come whole when they arrive in pieces of %d bytes', async (chunk) => {
  const row = Buffer.concat([text('1'), Buffer.from([0xfb]), text('é'.repeat(2))]);
  const long = Buffer.concat([Buffer.from([0xfc, 0x2c, 0x01]), Buffer.from('x'.repeat(300)), text(''), text('z')]);
  const rows = [[Buffer.from([3]), column('a'), column('b'), column('c'), EOF, row, long, EOF]];
  const { path } = await scripted([[OK], ...rows], chunk);
  const client = await MySqlClient.connect({ socketPath: path, ...login });
  const found = await client.query('SELECT a, b, c FROM t');
  client.close();
  expect(found[1]).toEqual({ a: 'x'.repeat(300), b: '', c: 'z' });
  expect(found[0]).toEqual({ a: '1', b: null, c: 'éé' });
});

test('an error has its number, and the connection goes on', async () => {
  const { path } = await scripted([[OK], [error(1290, 'read-only')], [OK]]);
  const client = await MySqlClient.connect({ socketPath: path, ...login });
  const failed = await client.query('INSERT').catch((each: unknown) => each);
  expect(failed).toBeInstanceOf(MySqlError);
  expect(failed).toMatchObject({ code: 1290, state: 'HY000', message: 'read-only (1290)' });
  await expect(client.query('DO 1')).resolves.toEqual([]);
  client.close();
});

test('a refused login is an error', async () => {
  const { path } = await scripted([[error(1045, 'Access denied')]]);
  await expect(MySqlClient.connect({ socketPath: path, ...login })).rejects.toThrow('Access denied (1045)');
});

test('neither a time-out nor a refusal tells the password that was in the statement', async () => {
  const statement = "ALTER USER 'site'@'%' IDENTIFIED BY 'hunter2' RETAIN CURRENT PASSWORD";
  const syntax = error(1064, "You have an error in your SQL syntax; the right syntax to use near 'hunter2' at line 1");
  const { path } = await scripted([[OK], [syntax], []]);
  const client = await MySqlClient.connect({ ...login, socketPath: path });
  await expect(client.query(statement)).rejects.toThrow(/^You have an error in your SQL syntax; .* … \(1064\)$/);
  await expect(client.query(statement, 50)).rejects.toThrow(/^no answer within 50 ms: ALTER USER$/);
});

test('a server that does not answer in time is given up, for good', async () => {
  const { path } = await scripted([[OK], []]);
  const client = await MySqlClient.connect({ socketPath: path, ...login });
  await expect(client.query('SELECT SLEEP(9)', 50)).rejects.toThrow(/^no answer within 50 ms: SELECT$/);
  expect(client.open).toBe(false);
  await expect(client.query('DO 1')).rejects.toThrow('no answer within 50 ms');
});

test('statements wait for each other', async () => {
  const { path, sent } = await scripted([[OK], [OK], [OK]]);
  const client = await MySqlClient.connect({ socketPath: path, ...login });
  await Promise.all([client.query('DO 1'), client.query('DO 2')]);
  client.close();
  expect(sent.slice(1).map((each) => each.toString('utf8', 1))).toEqual(['DO 1', 'DO 2']);
});

test.each([
  [[0xfa], 250, 1],
  [[0xfc, 1, 1], 257, 3],
  [[0xfd, 1, 0, 1], 65537, 4],
  [[0xfe, 1, 0, 0, 0, 1, 0, 0, 0], 4294967297, 9],
])('a length of bytes %j is %d', (bytes, value, next) => {
  expect(readLength(Buffer.from(bytes), 0)).toEqual([value, next]);
});

describe('a server whose account has two passwords', () => {
  const server = (path: string, passwords: string[]) =>
    new MySqlServer({ socketPath: path, user: 'agent', password: () => passwords, timeoutMs: 500 });

  test('is connected to with whichever it takes, which is kept', async () => {
    const { path } = await scripted([[error(1045, 'Access denied')], [OK], [OK]]);
    const either = server(path, ['new', 'old']);
    await either.query('DO 1');
    expect(either.accepted).toBe('old');
    either.close();
  });

  test('is not asked again where something else is wrong', async () => {
    const { path, sent } = await scripted([[error(1040, 'Too many connections')], [OK], [OK]]);
    await expect(server(path, ['new', 'old']).query('DO 1')).rejects.toThrow('Too many connections (1040)');
    expect(sent).toHaveLength(1);
  });

  test('that takes neither is an error', async () => {
    const { path } = await scripted([[error(1045, 'Access denied')], [error(1045, 'Access denied')]]);
    await expect(server(path, ['new', 'old']).query('DO 1')).rejects.toThrow('Access denied (1045)');
  });
});
