import type { Agent } from '../../agent/engine';
import { MySqlError } from '../../agent/mysql/client';
import { compare, lacking } from '../../agent/mysql/comparing';
import type { MySqlServer } from '../../agent/mysql/server';
import { ForeignTables, someOf, tablesNotCopied } from '../../agent/mysql/tables';

test('tables that a copy leaves empty are told of when there are more, and counted', async () => {
  const events: string[] = [];
  const state = { now: 0, names: ['wiki.a (MyISAM)'] };
  const agent = { event: (...event: string[]) => void events.push(event.join(' ')) } as unknown as Agent;
  const server = { query: async () => state.names.map((name) => ({ name })) };
  const tables = new ForeignTables(server, agent, () => state.now);
  const look = async () => {
    await tables.look();
    state.now += 60_000;
    return tables.figures()[0]?.value;
  };
  expect(await look()).toBe(1);
  expect(await look()).toBe(1);
  expect(events).toEqual([
    'Warning MySQLTablesNotCopied no copy of all data is given, as it would leave tables empty: wiki.a (MyISAM); ALTER TABLE … ENGINE = InnoDB',
  ]);
  state.names = ['wiki.a (MyISAM)', 'wiki.b (MEMORY)'];
  expect(await look()).toBe(2);
  expect(events).toHaveLength(2);
  state.names = [];
  expect(await look()).toBe(0);
  expect(events).toHaveLength(2);
});

test('only tables of other engines than InnoDB are asked for, and none of MySQL’s own', async () => {
  const asked: string[] = [];
  await tablesNotCopied({ query: async (statement) => (asked.push(statement), []) });
  expect(asked).toEqual([expect.stringMatching(/ENGINE <> 'InnoDB' AND TABLE_SCHEMA NOT IN \('mysql', 'sys'/)]);
});

test('of many names a few are told', () => {
  expect(someOf(['a', 'b'])).toBe('a, b');
  expect(someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
});

/** A server that has applied some transactions and received others. */
function server(executed: string, retrieved?: string): MySqlServer {
  const set = (text: string) => new Set(text.split(',').filter((each) => each !== ''));
  return {
    describe: async () => ({ uuid: 'a', executed, purged: '' }),
    isHalf: async () => false,
    replicaStatus: async () => (retrieved === undefined ? undefined : { retrieved }),
    subtract: async (one: string, less: string) => [...set(one)].filter((each) => !set(less).has(each)).join(','),
  } as unknown as MySqlServer;
}

test('two servers are compared by all that they have, what they have still to apply among it', async () => {
  expect(await compare(server('a:1', 'a:1,a:2'), server('a:1,a:2'))).toEqual({ ahead: '', behind: '', half: false });
  expect(await compare(server('a:1'), server('a:1', 'a:2'))).toEqual({ ahead: 'a:2', behind: '', half: false });
  expect(await compare(server(''), server('a:1'))).toEqual({ ahead: 'a:1', behind: '', half: false });
  expect(await compare(server('a:1,a:3'), server('a:1,b:1'))).toEqual({ ahead: 'b:1', behind: 'a:3', half: false });
});

test('a server of an earlier version does not say whether its copy was finished, and any other error counts', async () => {
  const failing = (error: Error) => Object.assign(server('a:1'), { isHalf: () => Promise.reject(error) });
  const denied = new MySqlError(1142, '42000', 'SELECT command denied');
  expect(await compare(server('a:1'), failing(denied))).toMatchObject({ half: false });
  await expect(compare(server('a:1'), failing(new Error('the connection was closed')))).rejects.toThrow('closed');
});

test('what a server has received and not applied yet is not lacking', async () => {
  expect(await lacking(server('a:1', 'a:2'), 'a:1', 'a:1,a:2')).toBe('');
  expect(await lacking(server('a:1'), 'a:1', 'a:1,a:2')).toBe('a:2');
  expect(await lacking(server(''), '', '')).toBe('');
});
