import type { Agent, Facts } from '../../agent/engine';
import { PrimaryDuties } from '../../agent/mysql/primary';
import type { MySqlServer } from '../../agent/mysql/server';

/** A primary with a replica `b`, whose every neighbour can be told what to answer. */
function stage(goesOn = true) {
  const done: string[] = [];
  const state = {
    clients: '1',
    status: 'ON',
    replicas: ['b'],
    waits: '0',
    yes: 1,
    executed: 'a:1-9',
    applied: 'a:1-9',
    received: '',
    facts: { primary: 'a' } as Facts,
    publishes: true,
    boot: 'one',
    leaves: false,
    now: 0,
  };
  const server = {
    query: async (statement: string) => {
      const words = statement.replace('SET GLOBAL ', '').replace('rpl_semi_sync_source_', '');
      if (!statement.startsWith('CREATE')) done.push(words);
      return [];
    },
    semiSync: async () => ({
      clients: state.clients,
      status: state.status,
      yes_tx: String(state.yes),
      no_tx: '0',
      wait_sessions: state.waits,
    }),
    replicas: async () => state.replicas,
    describe: async () => ({ uuid: 'a', executed: state.executed, purged: '' }),
    subtract: async (set: string, less: string) => (set === '' || set === less || less === 'a:9' ? '' : 'a:9'),
  } as unknown as MySqlServer;
  const other = {
    describe: async () => ({ uuid: 'b', executed: state.applied, purged: '' }),
    replicaStatus: async () => ({ retrieved: state.received }),
  } as unknown as MySqlServer;
  const agent = {
    publish: async (facts: Readonly<Record<string, string | undefined>>) => {
      if (!state.publishes) throw new Error('the api server is away');
      done.push(`publish replica ${facts['replica']}`);
      const all = Object.entries({ ...state.facts, ...facts });
      state.facts = Object.fromEntries(all.filter((each): each is [string, string] => each[1] !== undefined));
    },
    facts: () => state.facts,
    active: () => true,
    recheck: () => undefined,
    noteOfOther: () => state.boot,
    otherLeaves: () => state.leaves,
    event: (_: string, reason: string) => void done.push(reason),
  } as Agent;
  const clock = () => (state.now += 100);
  const duties = new PrimaryDuties(server, server, other, agent, goesOn, clock, () => undefined);
  return { duties, state, done };
}

const settle = async ({ duties, state, done }: ReturnType<typeof stage>) => {
  await duties.begin();
  await duties.look();
  expect(state.facts['replica']).toBe('b');
  done.length = 0;
};

test('a replica that has everything is named, once no commit is let through without it', async () => {
  const { duties, done } = stage();
  await duties.begin();
  done.length = 0;
  await duties.look();
  expect(done).toEqual([
    'timeout = 4294967295',
    'REPLACE INTO slices.mark VALUES (1, NOW(6))',
    'publish replica b',
    'MySQLReplicaComplete',
  ]);
  await duties.look();
  expect(done).toHaveLength(4);
});

test('a replica that acknowledged everything and lacks something all the same is not named', async () => {
  const { duties, state } = stage();
  state.applied = 'a:1-8';
  await duties.begin();
  await expect(duties.look()).rejects.toThrow('the replica lacks a:9');
  expect(state.facts['replica']).toBeUndefined();
  // What it has received counts, applied or not.
  state.received = 'a:9';
  await duties.look();
  expect(state.facts['replica']).toBe('b');
});

test('the name is taken out of the lease before a commit is let through without the replica', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  Object.assign(state, { clients: '0', waits: '3' });
  for (let round = 0; round < 20; round++) await duties.look();
  expect(done).toEqual([
    'publish replica undefined',
    'MySQLWithoutReplica',
    'timeout = 10',
    'enabled = OFF',
    'enabled = ON',
  ]);
});

test('a replica that is about to stop is let go before it is gone, and not asked for what it has', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  state.leaves = true;
  await duties.look();
  expect(done.slice(0, 3)).toEqual(['publish replica undefined', 'MySQLWithoutReplica', 'timeout = 10']);
  done.length = 0;
  await duties.look();
  expect(done).toEqual([]);
  state.leaves = false;
  await duties.look();
  expect(state.facts['replica']).toBe('b');
});

test('where writes are to wait, a replica that is about to stop is waited for all the same', async () => {
  const staged = stage(false);
  await settle(staged);
  staged.state.leaves = true;
  await staged.duties.look();
  expect(staged.done).toEqual([]);
});

test('a replica that goes while it is asked for what it has is not waited for', async () => {
  const { duties, state, done } = stage();
  await duties.begin();
  done.length = 0;
  setTimeout(() => void (state.clients = '0'), 300);
  await duties.look();
  expect(done.slice(0, 2)).toEqual(['timeout = 4294967295', 'publish replica undefined']);
  expect(done).toContain('timeout = 10');
});

test('where the name cannot be taken out, nothing is let through, and it is tried again', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  Object.assign(state, { clients: '0', waits: '3', publishes: false });
  for (let round = 0; round < 20; round++) await duties.look().catch(() => undefined);
  expect(done).toEqual([]);
  state.publishes = true;
  await duties.look();
  expect(done[0]).toBe('publish replica undefined');
});

test('where writes are to wait, they wait', async () => {
  const staged = stage(false);
  await settle(staged);
  Object.assign(staged.state, { clients: '0', waits: '3' });
  for (let round = 0; round < 20; round++) await staged.duties.look();
  expect(staged.done).toEqual([]);
  expect(staged.state.facts['replica']).toBe('b');
});

test('a replica whose name was taken out of the lease by a write that seemed to fail is named again', async () => {
  const staged = stage();
  await settle(staged);
  staged.state.facts = { primary: 'a' };
  await staged.duties.look();
  expect(staged.state.facts['replica']).toBe('b');
});

test('a replica whose node was started again is named again, for what it has now', async () => {
  const staged = stage();
  await settle(staged);
  expect(staged.state.facts['boot']).toBe('one');
  staged.state.boot = 'two';
  await staged.duties.look();
  expect(staged.state.facts).toMatchObject({ replica: 'b', boot: 'two' });
});

test('where writes wait, they are refused while the replica takes its copy, and nobody who waits is told that it is done', async () => {
  const { duties, state, done } = stage(false);
  await duties.begin();
  done.length = 0;
  state.boot = 'one clones';
  await duties.look();
  const refuses = ['offline_mode = ON', 'enabled = OFF', 'super_read_only = ON', 'enabled = ON', 'offline_mode = OFF'];
  expect(done).toEqual(refuses);
  expect(duties.givesWay).toBe(true);
  state.boot = 'one';
  // It may be about to try again.
  await duties.look();
  expect(done).toEqual(refuses);
  state.now += 2_000;
  await duties.look();
  expect(done.slice(5)).toContain('super_read_only = OFF');
  expect(duties.givesWay).toBe(false);
});

test('where writes go on alone, they go on while the replica takes its copy', async () => {
  const { duties, state } = stage();
  await duties.begin();
  state.boot = 'one clones';
  Object.assign(state, { clients: '0', replicas: [] });
  await duties.look();
  expect(duties.givesWay).toBe(false);
});
