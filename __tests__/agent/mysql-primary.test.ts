import type { Clock } from '../../agent/clock';
import type { Agent, Facts } from '../../agent/engine';
import { PrimaryDuties } from '../../agent/mysql/primary';
import type { MySqlServer } from '../../agent/mysql/server';

/** The transactions of a set of one server's, such as `a:1-5,a:9`. */
function numbers(set: string): number[] {
  return set.split(',').flatMap((part) => {
    const [from = '', to = from] = part.replace('a:', '').split('-');
    if (from === '') return [];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index);
  });
}

function subtract(set: string, less: string): string {
  const without = new Set(numbers(less));
  return numbers(set)
    .filter((number) => !without.has(number))
    .map((number) => `a:${number}`)
    .join(',');
}

/** A primary with a replica `b`, whose every neighbour can be told what to answer. */
function stage(goesOn = true) {
  const done: string[] = [];
  const state = {
    clients: '1',
    status: 'ON',
    replicas: ['b'],
    /** The server that answers in place of the replica. */
    other: 'b',
    waits: '0',
    /** The connection of the replica, as the primary numbers it. */
    connection: '21',
    yes: 1,
    executed: 'a:1-9',
    applied: 'a:1-9',
    received: '',
    applying: true,
    facts: { primary: 'a' } as Facts,
    publishes: true,
    note: 'one' as string | undefined,
    leaves: false,
    now: 0,
    /** When the replica loses its connection. */
    goesAt: Infinity,
    tables: [] as string[],
    variables: {
      rpl_semi_sync_source_enabled: '0',
      rpl_semi_sync_source_timeout: '4294967295',
      super_read_only: '0',
      read_only: '0',
      offline_mode: '0',
    } as Record<string, string>,
    /** Statements that are given up, and those that never end. */
    fails: (_statement: string): boolean => false,
    hangs: (_statement: string): boolean => false,
  };
  const set = (name: string, value: string) => {
    done.push(`${name.replace('rpl_semi_sync_source_', '')} = ${value}`);
    state.variables[name] = value === 'ON' ? '1' : value === 'OFF' ? '0' : value;
    if (name === 'super_read_only' && value === 'ON') state.variables['read_only'] = '1';
  };
  const server = {
    query: async (statement: string) => {
      if (state.fails(statement)) throw new Error('no answer within 5000 ms: SET GLOBAL');
      if (state.hangs(statement)) return new Promise(() => undefined);
      const [, name, value] = /^SET GLOBAL (\w+) = (\S+)/.exec(statement) ?? [];
      if (name !== undefined && value !== undefined) set(name, value);
      else if (statement.startsWith('SELECT @@global')) return [state.variables];
      else if (statement.includes('information_schema.TABLES')) return state.tables.map((each) => ({ name: each }));
      else if (statement.includes('USER NOT IN')) return [{ id: '7' }];
      else if (statement.includes('Binlog Dump')) return state.clients === '0' ? [] : [{ id: state.connection }];
      else if (/^(REPLACE|KILL)/.test(statement)) done.push(statement);
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
    subtract: async (set: string, less: string) =>
      set.endsWith(SURPLUS) ? SURPLUS : subtract(set, less.replace(`,${SURPLUS}`, '')),
  } as unknown as MySqlServer;
  const other = {
    describe: async () => ({ uuid: state.other, executed: state.applied, purged: '' }),
    replicaStatus: async () => ({ retrieved: state.received, applying: state.applying, error: 'row not found' }),
  } as unknown as MySqlServer;
  const agent = {
    publish: async (facts: Readonly<Record<string, string | undefined>>) => {
      if (!state.publishes) throw new Error('the api server is away');
      done.push(
        `publish ${Object.entries(facts)
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')}`,
      );
      const all = Object.entries({ ...state.facts, ...facts });
      state.facts = Object.fromEntries(all.filter((each): each is [string, string] => each[1] !== undefined));
    },
    facts: () => state.facts,
    active: () => true,
    recheck: () => undefined,
    noteOfOther: () => state.note,
    otherLeaves: () => state.leaves,
    event: (_: string, reason: string) => void done.push(reason),
  } as Agent;
  const now = () => (state.now += 100);
  const clock: Clock = {
    now,
    after: (ms, then) => {
      const timer = setImmediate(() => {
        state.now += ms;
        if (state.now > state.goesAt) state.clients = '0';
        then();
      });
      return () => clearImmediate(timer);
    },
  };
  const duties = new PrimaryDuties(server, server, other, agent, goesOn, now, () => undefined, clock);
  const looks = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) await duties.look().catch(() => undefined);
  };
  return { duties, state, done, looks };
}

/** What another server began. */
const SURPLUS = 'c:1-5';
const OPEN = { offline_mode: '0', super_read_only: '0', read_only: '0', rpl_semi_sync_source_enabled: '1' };
const WITHDRAWS = 'publish replica undefined, boot undefined';
const NAMES = 'publish replica b, boot one, former undefined, floor a:1-9, gives undefined, denies undefined';

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
    NAMES,
    'MySQLReplicaComplete',
  ]);
  await duties.look();
  expect(done).toHaveLength(4);
});

test('a replica that has more than its primary is not named', async () => {
  const { duties, state, looks } = stage(true);
  await duties.begin();
  state.applied = `a:1-9,${SURPLUS}`;
  await looks(60);
  expect(state.facts['replica']).toBeUndefined();
  state.applied = 'a:1-9';
  await looks(60);
  expect(state.facts['replica']).toBe('b');
});

test('a replica that acknowledged everything and lacks something all the same is not named', async () => {
  const { duties, state } = stage();
  state.applied = 'a:1-8';
  await duties.begin();
  await expect(duties.look()).rejects.toThrow('the replica lacks a:9');
  expect(state.facts['replica']).toBeUndefined();
  // Transactions that it has received since count, applied or not.
  Object.assign(state, { executed: 'a:1-10', applied: 'a:1-9', received: 'a:10' });
  state.now += 5_000;
  await duties.look();
  expect(state.facts['replica']).toBe('b');
});

test('the name is taken out of the lease before a commit is let through without the replica', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  Object.assign(state, { clients: '0', waits: '3' });
  for (let round = 0; round < 20; round++) await duties.look();
  expect(done).toEqual([WITHDRAWS, 'MySQLWithoutReplica', 'timeout = 10', 'enabled = OFF', 'enabled = ON']);
});

test('a replica that is about to stop is let go before it is gone, and not asked for what it has', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  state.leaves = true;
  await duties.look();
  expect(done.slice(0, 3)).toEqual([WITHDRAWS, 'MySQLWithoutReplica', 'timeout = 10']);
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
  state.goesAt = state.now + 1_000;
  await duties.look();
  expect(done.slice(0, 2)).toEqual(['timeout = 4294967295', WITHDRAWS]);
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
  expect(done[0]).toBe(WITHDRAWS);
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
  staged.state.note = 'two';
  await staged.duties.look();
  expect(staged.state.facts).toMatchObject({ replica: 'b', boot: 'two' });
});

test('a replica that has received everything and does not apply it is not named', async () => {
  const { duties, state } = stage();
  state.applying = false;
  await duties.begin();
  await expect(duties.look()).rejects.toThrow('the replica does not apply what it receives: row not found');
  expect(state.facts['replica']).toBeUndefined();
});

test('a replica that does not get past what the primary had long ago is not named, whatever it receives', async () => {
  const { duties, state, looks } = stage();
  // Its applier stands still before the tenth transaction, and says that it runs each time that it is asked.
  Object.assign(state, { executed: 'a:1-10', applied: 'a:1-8', received: 'a:9' });
  await duties.begin();
  await looks(20);
  expect(state.facts['replica']).toBeUndefined();
  Object.assign(state, { applied: 'a:1-10', received: '' });
  await looks(100);
  expect(state.facts['replica']).toBe('b');
});

test('of two that replicate, none is named: a commit may have been acknowledged by either', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  state.replicas = ['b', 'stranger'];
  await duties.look();
  expect(done).toEqual([WITHDRAWS, 'MySQLReplicaUnfit']);
  await duties.look();
  expect(done).toHaveLength(2);
  state.replicas = ['b'];
  await duties.look();
  expect(state.facts['replica']).toBe('b');
});

test.each([true, false])(
  'a replica is named no more once another acknowledges in its place, though it lacks much still (goes on: %p)',
  async (goesOn) => {
    const staged = stage(goesOn);
    await settle(staged);
    const { duties, state } = staged;
    Object.assign(state, { replicas: ['c'], other: 'c', note: 'two', applied: 'a:1-2' });
    await expect(duties.look()).rejects.toThrow('the replica lacks a:3');
    expect(state.facts['replica']).toBeUndefined();
    state.applied = state.executed;
    await staged.looks(20);
    expect(state.facts).toMatchObject({ replica: 'c', boot: 'two' });
  },
);

test('a replica is not named by what another server says that answers in its place', async () => {
  const { duties, state } = stage(false);
  state.other = 'stranger';
  await duties.begin();
  await expect(duties.look()).rejects.toThrow('another server answers in place of the replica');
  expect(state.facts['replica']).toBeUndefined();
});

test.each([
  [true, '10'],
  [false, '4294967295'],
])('a primary begins with a time-out that lets commits through alone where it may be: %s', async (goesOn, timeout) => {
  const { duties, state } = stage(goesOn);
  state.variables['rpl_semi_sync_source_timeout'] = '77';
  await duties.begin();
  expect(state.variables['rpl_semi_sync_source_timeout']).toBe(timeout);
});

test('two that replicate for long lose their connections, as one of them may be of a node that is gone', async () => {
  const staged = stage(false);
  await settle(staged);
  const { duties, state, done } = staged;
  const kills = () => done.filter((each) => each === 'KILL 21').length;
  state.replicas = ['b', 'gone'];
  await duties.look();
  state.now += 15_000;
  await duties.look();
  expect(kills()).toBe(0);
  state.now += 6_000;
  await duties.look();
  await duties.look();
  expect(kills()).toBe(1);
  state.replicas = ['b'];
  await duties.look();
  expect([state.facts['replica'], kills()]).toEqual(['b', 1]);
});

test('a named replica is asked again from time to time, and is named no more where it lacks something', async () => {
  const staged = stage(false);
  await settle(staged);
  const { duties, state, done } = staged;
  state.executed = 'a:1-20';
  state.applied = 'a:1-20';
  await duties.look();
  expect(done).toEqual([]);
  state.now += 60_000;
  await duties.look();
  expect(done).toEqual(['publish floor a:1-20']);
  state.applied = 'a:1-8';
  state.now += 60_000;
  await duties.look();
  expect(done.slice(1)).toEqual([WITHDRAWS, 'MySQLReplicaUnfit']);
});

test('a lease that names a replica that this primary has not named is put right before any commit is let through', async () => {
  const { duties, state, done } = stage();
  await duties.begin();
  Object.assign(state, { clients: '0', replicas: [] });
  await duties.look();
  expect(state.variables['rpl_semi_sync_source_timeout']).toBe('10');
  // As after etcd was restored from a backup.
  state.facts = { primary: 'a', replica: 'b' };
  state.publishes = false;
  await expect(duties.look()).rejects.toThrow('the api server is away');
  expect(state.variables['rpl_semi_sync_source_timeout']).toBe('4294967295');
  state.publishes = true;
  done.length = 0;
  await duties.look();
  expect(done[0]).toBe(WITHDRAWS);
  await duties.look();
  expect(state.variables['rpl_semi_sync_source_timeout']).toBe('10');
});

test('a lease that was deleted says again who leads', async () => {
  const { duties, state } = stage();
  await duties.begin('7');
  state.facts = {};
  await duties.look();
  expect(state.facts).toMatchObject({ primary: 'a', term: '7', replica: 'b' });
});

test('a force that someone wrote while the primary works is taken out, with an event', async () => {
  const { duties, state, done } = stage();
  // Even where the rest of the round fails.
  state.applying = false;
  state.facts = { primary: 'a', force: 'b@3' };
  await duties.begin();
  await duties.look().catch(() => undefined);
  expect(state.facts['force']).toBeUndefined();
  expect(done).toContain('MySQLForceRemoved');
});

test.each(Object.entries({ offline_mode: '1', super_read_only: '1', rpl_semi_sync_source_enabled: '0' }))(
  'a primary whose %s is wrong is put right in the next round, whatever came of the one before',
  async (name, wrong) => {
    const { duties, state, looks } = stage();
    await duties.begin();
    await looks(2);
    state.variables[name] = wrong;
    if (name === 'super_read_only') state.variables['read_only'] = '1';
    await looks(1);
    expect(state.variables).toMatchObject(OPEN);
  },
);

test('where writes wait, a commit whose acknowledgement was lost is not left to wait for the next one', async () => {
  const { duties, state, done } = stage(false);
  await duties.begin();
  for (let round = 0; round < 20; round++) await duties.look();
  const marks = () => done.filter((each) => each.startsWith('REPLACE')).map((each) => /\((\d+)/.exec(each)?.[1]);
  done.length = 0;
  state.waits = '1';
  for (let round = 0; round < 60; round++) await duties.look();
  // Once for a connection, as each that is not acknowledged waits as well.
  expect(marks()).toEqual(['21']);
  state.connection = '34';
  for (let round = 0; round < 60; round++) await duties.look();
  expect(marks()).toEqual(['21', '34']);
});

test('where writes wait, nothing is committed for a replica that is not there', async () => {
  const { duties, state, done } = stage(false);
  await duties.begin();
  Object.assign(state, { waits: '1', clients: '0', replicas: [] });
  for (let round = 0; round < 60; round++) await duties.look();
  expect(done.filter((each) => each.startsWith('REPLACE'))).toEqual([]);
});

test('a mysqld that was started again waits for a replica before it takes writes', async () => {
  const { duties, state, done } = stage(false);
  await duties.begin();
  await duties.look();
  Object.assign(state.variables, { super_read_only: '1', read_only: '1', rpl_semi_sync_source_enabled: '0' });
  done.length = 0;
  await duties.look();
  expect(done).toEqual(['enabled = ON', 'super_read_only = OFF', 'read_only = OFF']);
});

test('a primary that was demoted does not open the server any more', async () => {
  const { duties, state, looks } = stage();
  await duties.begin();
  await expect(duties.end()).resolves.toBe(true);
  Object.assign(state.variables, { super_read_only: '1', read_only: '1', offline_mode: '1' });
  await looks(3);
  expect(state.variables).toMatchObject({ super_read_only: '1', read_only: '1', offline_mode: '1' });
});

test('a statement that opens the server and was not answered may still be carried out', async () => {
  const { duties, state, looks } = stage();
  await duties.begin();
  state.variables['offline_mode'] = '1';
  state.fails = (statement) => statement.includes('offline_mode = OFF');
  await looks(1);
  await expect(duties.end()).resolves.toBe(false);
});

test('a primary whose volume is full refuses writes, and its commits wait for the replica all the while', async () => {
  const { duties, state, done } = stage(false);
  await duties.begin();
  await duties.look(true);
  expect(state.variables).toMatchObject({ ...OPEN, super_read_only: '1', read_only: '1' });
  // It takes no mark, so nobody is named.
  expect(done.some((each) => each.startsWith('REPLACE'))).toBe(false);
  await duties.look(false);
  expect(state.variables).toMatchObject(OPEN);
});

const NEEDS_COPY = 'one clones 1-77';

test('where writes wait, they are refused while the replica takes its copy, and nobody who waits is told that it is done', async () => {
  const staged = stage(false);
  await settle(staged);
  const { duties, done, state } = staged;
  state.note = NEEDS_COPY;
  await duties.look();
  expect(done).toEqual([
    'offline_mode = ON',
    'KILL 7',
    'enabled = OFF',
    'super_read_only = ON',
    'enabled = ON',
    'offline_mode = OFF',
    'publish replica undefined, boot undefined, gives 1-77, denies undefined',
  ]);
  expect(duties.givesWay).toBe(true);
  await duties.look();
  state.note = 'one';
  // It may be about to try again.
  await duties.look();
  expect(done).toHaveLength(8);
  expect(done[7]).toBe('publish gives undefined, denies undefined');
  state.now += 2_000;
  await duties.look();
  expect(state.variables).toMatchObject(OPEN);
  expect(duties.givesWay).toBe(false);
});

test('the replica may not take its copy before the primary refuses writes', async () => {
  const { state, duties, looks } = stage(false);
  await duties.begin();
  state.note = NEEDS_COPY;
  state.hangs = (statement) => statement.includes('super_read_only = ON');
  await looks(5);
  expect(duties.givesWay).toBe(true);
  expect(state.facts['gives']).toBeUndefined();
});

test('a primary that could not refuse writes takes clients again once the replica asks for no copy', async () => {
  const { duties, state, looks } = stage(false);
  await duties.begin();
  state.note = NEEDS_COPY;
  state.fails = (statement) => statement.includes('super_read_only = ON');
  await looks(10);
  expect(state.variables).toMatchObject({ offline_mode: '1', rpl_semi_sync_source_enabled: '0' });
  state.note = 'one';
  await looks(40);
  expect(state.variables).toMatchObject(OPEN);
});

test('where writes go on alone, they go on while the replica takes its copy, which it may once it is named no more', async () => {
  const staged = stage();
  await settle(staged);
  const { duties, state, done } = staged;
  state.note = NEEDS_COPY;
  await duties.look();
  expect(duties.givesWay).toBe(false);
  expect(state.facts).toMatchObject({ gives: '1-77' });
  const order = done.filter((each) => each.startsWith('publish'));
  expect(order).toEqual([WITHDRAWS, 'publish replica undefined, boot undefined, gives 1-77, denies undefined']);
  Object.assign(state, { clients: '0', replicas: [] });
  state.note = 'one';
  await duties.look();
  expect(state.facts['gives']).toBeUndefined();
});

test('a replica that is about to give up what it received is named no more, and then it may', async () => {
  const staged = stage(false);
  await settle(staged);
  const { duties, state } = staged;
  state.note = 'one discards 1-78';
  await duties.look();
  expect(state.facts).toEqual(expect.objectContaining({ gives: '1-78' }));
  expect(state.facts['replica']).toBeUndefined();
  expect(state.variables).toMatchObject(OPEN);
  state.note = 'one';
  await duties.look();
  expect(state.facts).toMatchObject({ replica: 'b' });
  expect(state.facts['gives']).toBeUndefined();
});

test.each([true, false])(
  'no copy is given of a server with tables that it would leave empty, and writes go on (goes on alone: %s)',
  async (goesOn) => {
    const { duties, state, done, looks } = stage(goesOn);
    await duties.begin();
    state.tables = ['wiki.texts (MyISAM)'];
    state.note = NEEDS_COPY;
    await looks(5);
    expect(state.facts['denies']).toBe('1-77 a copy would leave these tables empty: wiki.texts (MyISAM)');
    expect(done.filter((each) => each === 'MySQLCopyDenied')).toHaveLength(1);
    expect(state.variables).toMatchObject(OPEN);
    expect(duties.givesWay).toBe(false);
    state.tables = [];
    state.now += 10_000;
    await looks(2);
    expect(state.facts).toMatchObject({ gives: '1-77' });
    expect(state.facts['denies']).toBeUndefined();
  },
);

test('a replica of an earlier version, which asks for nothing, is given way to', async () => {
  const { duties, state } = stage(false);
  await duties.begin();
  state.note = 'one clones';
  await duties.look();
  expect(duties.givesWay).toBe(true);
  expect(state.facts['gives']).toBeUndefined();
});
