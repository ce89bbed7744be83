import type { MySqlServer, ReplicaStatus } from '../../agent/mysql/server';
import { Takeover } from '../../agent/mysql/takeover';

const FOLLOWS: ReplicaStatus = {
  source: 'db01',
  receiving: true,
  connecting: false,
  applying: true,
  retrieved: 'a:1-9',
  lag: 0,
  error: '',
  applyError: '',
};

/** A server that has received `a:1-9` and applies one transaction at each look, from `a:1-6` on. */
function replica(status: ReplicaStatus | undefined, stops = false) {
  const done: string[] = [];
  let applied = 6;
  let applying = status?.applying ?? false;
  const server = {
    replicaStatus: async () => status && { ...status, applying, error: stops ? 'error 1062' : '' },
    stopReceiving: async () => void done.push('stops receiving'),
    query: async (statement: string) => {
      done.push(statement);
      if (statement === 'START REPLICA SQL_THREAD') applying = true;
      return [];
    },
    value: async () => {
      if (stops) applying = false;
      else applied++;
      done.push(`has applied ${applied}`);
      return applied >= 9 ? '1' : '0';
    },
  } as unknown as MySqlServer;
  const clock = { now: () => 0, after: (_: number, then: () => void) => (setImmediate(then), () => undefined) };
  return { takeover: new Takeover(server, server, clock), done };
}

test('a replica stops receiving before it looks at what it has, and applies all of that', async () => {
  const { takeover, done } = replica(FOLLOWS);
  await takeover.applyAll(false);
  expect(done).toEqual([
    'stops receiving',
    'has applied 7',
    'has applied 8',
    'has applied 9',
    'STOP REPLICA SQL_THREAD',
  ]);
});

test('a replica that does not apply begins to', async () => {
  const { takeover, done } = replica({ ...FOLLOWS, applying: false });
  await takeover.applyAll(false);
  expect(done.slice(0, 2)).toEqual(['stops receiving', 'START REPLICA SQL_THREAD']);
});

test('a replica that cannot apply what it has received does not lead, and says why', async () => {
  const { takeover } = replica(FOLLOWS, true);
  await expect(takeover.applyAll(false)).rejects.toThrow('it cannot apply what it has received: error 1062');
});

test('one that a person forces gives up what it cannot apply, and says why', async () => {
  const { takeover, done } = replica(FOLLOWS, true);
  expect(await takeover.applyAll(false, true)).toBe('error 1062');
  expect(done.at(-1)).toBe('STOP REPLICA SQL_THREAD');
});

test('a former primary waits for nothing that it received: it had everything', async () => {
  const { takeover, done } = replica(FOLLOWS);
  await takeover.applyAll(true);
  expect(done).toEqual(['stops receiving', 'STOP REPLICA SQL_THREAD']);
});

test('a server that follows nobody has nothing to apply and nothing to forget', async () => {
  const { takeover, done } = replica(undefined);
  await takeover.applyAll(false);
  await takeover.forgetSource();
  expect(done).toEqual([]);
});

test('a source is forgotten once, and only after all was applied', async () => {
  const { takeover, done } = replica(FOLLOWS);
  await takeover.forgetSource();
  expect(done).toEqual([]);
  await takeover.applyAll(true);
  done.length = 0;
  await takeover.forgetSource();
  await takeover.forgetSource();
  expect(done).toEqual(['STOP REPLICA', 'RESET REPLICA ALL']);
});
