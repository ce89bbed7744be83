import type { Agent, Facts, Leader } from '../../agent/engine';
import type { Connection } from '../../agent/mysql/client';
import type { Host } from '../../agent/mysql/host';
import { disk } from '../../agent/files';
import { ReplicaDuties } from '../../agent/mysql/replica';
import { MySqlServer } from '../../agent/mysql/server';

const LEADER: Leader = { pod: 'db-1', term: 1 } as Leader;

/** A server `b` that cannot apply what it received from the primary `a`, for as long as `broken`. */
function stage(facts: Facts = { primary: 'a', term: '3' }) {
  const sent: string[] = [];
  const events: string[] = [];
  const state = {
    facts,
    now: 100_000,
    broken: true,
    follows: true,
    receiving: true,
    applying: false,
    executed: 'a:1-9',
    retrieved: 'a:10',
    half: false,
    /** Its surplus over its primary. */
    errant: '',
    /** Why its receiver does not connect, where nothing that it received is wrong. */
    unreachable: '',
    purged: '',
    copies: 0,
  };
  const primary: Connection = {
    id: 1,
    open: true,
    whenClosed: undefined,
    query: async () => [{ uuid: 'a', executed: 'a:1-20', purged: state.purged }],
    close: () => undefined,
  };
  const host: Host = {
    clock: { now: () => state.now, after: (_, then) => (setImmediate(then), () => undefined) },
    connect: async () => primary,
    files: disk,
    boot: () => 'boot',
    uptime: () => state.now / 1000,
  };
  const server = new MySqlServer({ socketPath: '/nowhere', user: 'agent', password: '', timeoutMs: 100 });
  jest.spyOn(server, 'describe').mockImplementation(async () => ({ uuid: 'b', executed: state.executed, purged: '' }));
  jest.spyOn(server, 'isHalf').mockImplementation(async () => state.half);
  jest.spyOn(server, 'sourcePassword').mockImplementation(async () => 'new');
  jest.spyOn(server, 'subtract').mockImplementation(async (set, less) => {
    if (less === 'a:1-9223372036854775806') return set.startsWith('a:') ? '' : set;
    if (set === state.executed && less === 'a:1-20') return state.errant;
    if (set === 'a:10') return state.executed === 'a:1-10' ? '' : 'a:10';
    return set === state.purged && less === state.executed ? state.purged : '';
  });
  jest.spyOn(server, 'stopReceiving').mockImplementation(async () => {
    if (state.receiving) sent.push('stops receiving');
    state.receiving = false;
  });
  jest.spyOn(server, 'replicaStatus').mockImplementation(async () =>
    state.follows
      ? {
          source: 'db01',
          receiving: state.receiving,
          connecting: false,
          applying: state.applying,
          retrieved: state.retrieved,
          lag: 0,
          error: state.unreachable || (state.applying ? '' : 'Could not find row'),
          applyError: state.applying || state.unreachable ? '' : 'Could not find row',
        }
      : undefined,
  );
  jest.spyOn(server, 'query').mockImplementation(async (statement) => {
    const words = /^(START|STOP|CHANGE|CLONE|RESET) [A-Z]+(?: (?:IO|SQL)_THREAD| SOURCE| ALL)?/.exec(statement)?.[0];
    if (words !== undefined) sent.push(words);
    if (words === 'CHANGE REPLICATION SOURCE') state.follows = true;
    if (words === 'RESET REPLICA ALL') state.follows = false;
    if (/^START REPLICA( SQL_THREAD)?$/.test(words ?? '')) state.applying = !state.broken;
    if (/^START REPLICA( IO_THREAD)?$/.test(words ?? '')) state.receiving = true;
    if (words === 'CLONE INSTANCE') state.copies++;
    return [];
  });
  const agent = {
    event: (_: string, reason: string) => void events.push(reason),
    facts: () => state.facts,
  } as unknown as Agent;
  const duties = new ReplicaDuties(
    server,
    server,
    'boot',
    agent,
    () => undefined,
    async () => true,
    host,
  );
  const source = { host: 'db01', port: 3306, passwords: () => ['new'] };
  /** A round, after so many milliseconds. */
  const look = (ms = 250) => {
    state.now += ms;
    return duties.look(LEADER, source);
  };
  const number = () => duties.asking.request?.number ?? '';
  return { duties, state, sent, events, look, number };
}

test('a replica that cannot apply what it received acknowledges no more, and tries again', async () => {
  const { look, sent, events, state, duties } = stage();
  await expect(look()).resolves.toBe(false);
  expect(sent).toEqual(['stops receiving', 'START REPLICA SQL_THREAD']);
  expect(events).toEqual(['MySQLReplicaBroken']);
  expect(duties.trouble).toBe('it cannot apply what it received');
  // Not at each round.
  await look();
  expect(sent).toHaveLength(2);
  state.broken = false;
  await look(5_000);
  expect(state.applying).toBe(true);
});

test('a replica that was stopped while its source was away applies what it has, and nothing is taken for broken', async () => {
  const { look, sent, events, state, duties } = stage();
  Object.assign(state, { broken: false, receiving: false, unreachable: 'connect ECONNREFUSED db01' });
  await look();
  expect([sent, events, duties.trouble]).toEqual([['START REPLICA SQL_THREAD'], [], undefined]);
});

test('a replica that goes on to receive by itself from another primary is compared first, and stops where it has more', async () => {
  const { look, sent, events, state } = stage();
  Object.assign(state, { broken: false, applying: true });
  await expect(look()).resolves.toBe(true);
  state.facts = { primary: 'a', term: '4' };
  state.errant = 'c:1-5';
  await expect(look()).resolves.toBe(false);
  expect([sent, state.receiving]).toEqual([['stops receiving'], false]);
  await look();
  expect(events).toEqual(['MySQLSetAside']);
});

test('a server that does not lead yet by the Lease is not compared with', async () => {
  const { look, sent, state } = stage();
  state.facts = { primary: 'z', term: '3' };
  await expect(look()).rejects.toThrow('has not begun to take writes');
  expect(sent).toEqual([]);
});

test('what its primary is about to commit is no surplus of a replica that receives', async () => {
  const { look, sent, state } = stage();
  Object.assign(state, { broken: false, applying: true, errant: 'a:21' });
  await expect(look()).resolves.toBe(true);
  expect(sent).toEqual([]);
});

test('a replica that applies again receives again once it has applied what it had', async () => {
  const { look, sent, state, duties } = stage();
  state.broken = false;
  await look();
  await look();
  expect(sent).not.toContain('START REPLICA IO_THREAD');
  state.executed = 'a:1-10';
  await look();
  expect(sent).toContain('START REPLICA IO_THREAD');
  await expect(look()).resolves.toBe(true);
  expect(duties.trouble).toBe('it cannot apply what it received');
  await look(60_001);
  expect(duties.trouble).toBeUndefined();
});

test('what it received is given up only once the lease answers this very request', async () => {
  const { look, sent, state, duties, number } = stage({ primary: 'a', term: '3', replica: 'b', gives: 'boot-1' });
  await look();
  await look(5_000);
  expect(duties.asking.request).toEqual({ to: 'discards', number: expect.stringMatching(/^boot-\d+$/) });
  await look();
  expect(sent).not.toContain('CHANGE REPLICATION SOURCE');
  state.facts = { primary: 'a', term: '3', gives: number() };
  await look();
  expect(sent.slice(-3)).toEqual(['STOP REPLICA', 'CHANGE REPLICATION SOURCE', 'START REPLICA']);
  expect(duties.asking.request).toBeUndefined();
});

test('where receiving it again does not help, all data are copied, once the lease answers that', async () => {
  const { look, state, duties, number } = stage();
  for (const _ of [1, 2, 3]) await look(5_000);
  expect(duties.asking.request?.to).toBe('clones');
  expect(duties.trouble).toBe('it needs a copy of all data');
  state.facts = { primary: 'a', term: '3', denies: `${number()} a copy would leave these tables empty: wiki.texts` };
  await look();
  expect(duties.trouble).toBe(
    'it needs a copy of all data, which the primary does not give: a copy would leave these tables empty: wiki.texts',
  );
  expect(state.copies).toBe(0);
  state.facts = { primary: 'a', term: '3', gives: number() };
  await look();
  expect(state.copies).toBe(1);
  expect(duties.asking.request).toBeUndefined();
});

test('a copy that did not help is not taken again at once', async () => {
  const { look, state, number } = stage();
  const answered = async () => {
    await look(5_000);
    state.facts = { primary: 'a', term: '3', gives: number() };
    await look();
  };
  for (let round = 0; round < 20; round++) {
    await answered();
    // CLONE starts mysqld again, and it follows again.
    state.follows = true;
  }
  expect(state.copies).toBe(1);
  state.now += 600_000;
  await answered();
  expect(state.copies).toBe(2);
});

test.each([
  { half: true, purged: '' },
  { half: false, purged: 'a:1-12' },
])('a copy is taken once the lease answers, where one was begun or the logs are gone: %p', async (given) => {
  const { look, state, number, duties } = stage();
  Object.assign(state, given, { follows: false });
  await look();
  await look();
  expect(state.copies).toBe(0);
  expect(duties.trouble).toBe('it needs a copy of all data');
  state.facts = { primary: 'a', term: '3', gives: number() };
  await look();
  expect(state.copies).toBe(1);
});

test('under a primary of an earlier version, which answers nothing, a named replica gives up nothing', async () => {
  const { look, state } = stage({ primary: 'a', replica: 'b' });
  state.follows = false;
  state.half = true;
  await look();
  expect(state.copies).toBe(0);
  state.facts = { primary: 'a' };
  await look();
  expect(state.copies).toBe(1);
});
