import { EVENT, MAGIC, eventsOf, previousOf, transactionOf } from '../../agent/backup/binlog';
import { GtidSet } from '../../agent/backup/gtid';
import { Limit, chooseDump, chooseLogs, parseGoal } from '../../agent/backup/plan';
import { sha256, sign } from '../../agent/backup/signature';

const A = 'aaaaaaaa-0000-0000-0000-000000000001';
const B = 'bbbbbbbb-0000-0000-0000-000000000002';

describe('a set of transactions', () => {
  test.each([
    [`${A}:1-3:5`, `${A}:4`, `${A}:1-5`],
    [`${A}:1`, `${B}:7-9`, `${A}:1,${B}:7-9`],
    [`${A}:1-4`, `${A}:2-9:20`, `${A}:1-9:20`],
    ['', `${A}:3`, `${A}:3`],
  ])('%s and %s are %s', (one, other, both) => {
    const set = new GtidSet(one);
    set.addAll(new GtidSet(other));
    expect(set.toString()).toBe(both);
    expect([new GtidSet(one).isIn(set), new GtidSet(other).isIn(set)]).toEqual([true, true]);
  });

  test('is in another only as a whole', () => {
    const set = new GtidSet(`${A}:1-5,${B}:1`);
    expect(new GtidSet(`${A}:2-5`).isIn(set)).toBe(true);
    expect(new GtidSet(`${A}:2-6`).isIn(set)).toBe(false);
    expect(new GtidSet(`${B}:1-2`).isIn(set)).toBe(false);
    expect(set.has(B, 1)).toBe(true);
    expect(set.has(B, 2)).toBe(false);
  });

  test('with line breaks, as servers write it, is read', () => {
    expect(new GtidSet(`${A}:1-5,\n${B}:1`).toString()).toBe(`${A}:1-5,${B}:1`);
  });

  test('with tags is refused', () => {
    expect(() => new GtidSet(`${A}:tag:1`)).toThrow('tagged transactions');
  });
});

function event(type: number, body: Buffer, seconds = 1): Buffer {
  const head = Buffer.alloc(19);
  head.writeUInt32LE(seconds, 0);
  head.writeUInt8(type, 4);
  head.writeUInt32LE(19 + body.length, 9);
  return Buffer.concat([head, body]);
}

function gtid(uuid: string, number: number, committedAt: number, firstAt?: number): Buffer {
  const body = Buffer.alloc(60);
  Buffer.from(uuid.replaceAll('-', ''), 'hex').copy(body, 1);
  body.writeBigUInt64LE(BigInt(number), 17);
  const time = (at: number, ms: number, flag: number) => {
    const micros = BigInt(ms) * 1000n;
    body.writeUIntLE(Number(micros & 0xffffffffffffn), at, 6);
    body.writeUInt8(Number(micros >> 48n) | flag, at + 6);
  };
  time(42, committedAt, firstAt === undefined ? 0 : 0x80);
  if (firstAt !== undefined) time(49, firstAt, 0);
  return event(EVENT.GTID, body);
}

describe('a binary log', () => {
  const at = Date.parse('2026-11-24T19:00:00.123Z');

  test('says which transaction follows, and when it was committed where it was first', () => {
    expect(transactionOf(gtid(A, 7, at))).toEqual({ uuid: A, number: 7, committedAt: at });
    expect(transactionOf(gtid(A, 7, at + 5000, at))).toEqual({ uuid: A, number: 7, committedAt: at });
    expect(transactionOf(event(EVENT.FORMAT, Buffer.alloc(10)))).toBeUndefined();
  });

  test('with transactions that no gtid names is refused', () => {
    expect(() => transactionOf(event(EVENT.ANONYMOUS, Buffer.alloc(60)))).toThrow('cannot be restored to a point');
  });

  test('says what was before it', () => {
    const numbers = (...values: number[]) => {
      const bytes = Buffer.alloc(values.length * 8);
      values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * 8));
      return bytes;
    };
    const uuid = Buffer.from(A.replaceAll('-', ''), 'hex');
    const body = Buffer.concat([numbers(1), uuid, numbers(2, 1, 6, 8, 9)]);
    expect(previousOf(event(EVENT.PREVIOUS, body)).toString()).toBe(`${A}:1-5:8`);
  });

  test.each([1, 5, 1000])('is cut into its events, whatever the pieces it comes in: %d bytes', async (size) => {
    const events = [event(EVENT.FORMAT, Buffer.alloc(30)), gtid(A, 1, at), event(EVENT.STOP, Buffer.alloc(0))];
    const bytes = Buffer.concat([MAGIC, ...events]);
    const pieces = async function* () {
      for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
    };
    const found: Buffer[] = [];
    for await (const each of eventsOf(pieces())) found.push(Buffer.from(each));
    expect(found).toEqual(events);
  });

  test('that ends within an event is an error', async () => {
    const read = async () => {
      const half = Buffer.concat([MAGIC, gtid(A, 1, at)]).subarray(0, -1);
      for await (const _ of eventsOf(
        (async function* () {
          yield half;
        })(),
      ))
        continue;
    };
    await expect(read()).rejects.toThrow('ends within an event');
  });
});

describe('what to restore', () => {
  const dump = (at: string, executed: string) => ({ key: at, at, executed, bytes: 1 });
  const dumps = [dump('2026-11-01T00:00:00Z', `${A}:1-10`), dump('2026-11-02T00:00:00Z', `${A}:1-20`)];
  const log = (file: string, server: string, createdAt: number, previous: string, executed: string) => ({
    key: file,
    file,
    server,
    createdAt,
    previous,
    executed,
  });

  test('is the newest dump from before the time, or without the transaction', () => {
    expect(chooseDump(dumps, {}).at).toBe('2026-11-02T00:00:00Z');
    expect(chooseDump(dumps, parseGoal('2026-11-01T12:00:00Z')).at).toBe('2026-11-01T00:00:00Z');
    expect(chooseDump(dumps, parseGoal(`${A}:15`)).at).toBe('2026-11-01T00:00:00Z');
    expect(() => chooseDump(dumps, parseGoal(`${A}:5`))).toThrow('no dump from before that point');
  });

  test('a time without its zone is refused', () => {
    expect(() => parseGoal('2026-11-01 12:00')).toThrow('neither a time with its zone');
  });

  test('logs of both servers are put in an order in which nothing is missing', () => {
    const logs = [
      log('b3', B, 30, `${A}:1-14`, `${A}:15-20,${B}:1-3`),
      log('a2', A, 20, `${A}:1-12`, `${A}:13-16`),
      log('a1', A, 10, `${A}:1-10`, `${A}:11-12`),
      log('a0', A, 5, '', `${A}:1-10`),
    ];
    expect(chooseLogs(dumps[0]!, logs).map(({ file }) => file)).toEqual(['a1', 'a2', 'b3']);
  });

  test('a log before which one is missing is not taken', () => {
    expect(chooseLogs(dumps[0]!, [log('a9', A, 9, `${A}:1-50`, `${A}:51`)])).toEqual([]);
  });

  test('it ends with the transaction that was named', () => {
    const limit = new Limit(parseGoal(`${A}:12`));
    const asked = [11, 12, 13].map((number) => limit.excludes({ uuid: A, number, committedAt: 0 }));
    expect(asked).toEqual([false, false, true]);
  });

  test('it ends before the first transaction after the time', () => {
    const limit = new Limit({ time: 100 });
    const asked = [90, 100, 101, 95].map((committedAt, number) => limit.excludes({ uuid: A, number, committedAt }));
    expect(asked).toEqual([false, false, true, true]);
  });
});

/** The example of AWS' own documentation, "Signature Calculations for the Authorization Header". */
test('requests are signed as AWS documents it', () => {
  const { authorization } = sign(
    {
      method: 'GET',
      path: '/test.txt',
      query: {},
      headers: { host: 'examplebucket.s3.amazonaws.com', range: 'bytes=0-9' },
      hash: sha256(''),
    },
    { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' },
    new Date('2013-05-24T00:00:00Z'),
  );
  expect(authorization).toContain('Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});
