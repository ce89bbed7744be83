import { mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MysqldFence } from '../../agent/mysql/fence';
import { Gate } from '../../agent/mysql/gate';
import { assertGlobals, refusesWrites } from '../../agent/mysql/globals';
import { disk } from '../../agent/files';
import type { MySqlServer } from '../../agent/mysql/server';
import { monotonicClock } from '../../agent/clock';

/** A server that has variables, and a statement of which can fail or hang. */
function stage(variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fence-'));
  const values: Record<string, string> = { super_read_only: '1', read_only: '1', offline_mode: '0', ...variables };
  const done: string[] = [];
  const state: { fail: (statement: string) => string | undefined; hangs: (statement: string) => boolean } = {
    fail: () => undefined,
    hangs: () => false,
  };
  const server = {
    query: async (statement: string) => {
      const error = state.fail(statement);
      if (error !== undefined) throw new Error(error);
      if (state.hangs(statement)) return new Promise(() => undefined);
      const [, name, value] = /^SET GLOBAL (\w+) = (\S+)/.exec(statement) ?? [];
      if (name === undefined || value === undefined)
        return [Object.fromEntries(Object.entries(values).filter(([each]) => statement.includes(` AS ${each}`)))];
      done.push(`${name} = ${value}, with ${readdirSync(folder).join(' ') || 'no file'}`);
      values[name] = value === 'ON' ? '1' : value === 'OFF' ? '0' : value;
      if (name === 'super_read_only' && value === 'ON') values['read_only'] = '1';
      return [];
    },
  } as unknown as MySqlServer;
  const logged: string[] = [];
  const fence = new MysqldFence(folder, disk, () => 1000);
  const gate = new Gate(server, fence, monotonicClock, (event) => void logged.push(event));
  return { gate, fence, folder, state, values, server, done, logged, files: () => readdirSync(folder).sort() };
}

test('a server that is closed may be told to stop, and is not any more before the first statement that opens it', async () => {
  const { gate, files, done } = stage();
  expect(await gate.isClosed()).toBe(true);
  expect(files()).toEqual(['refuses']);
  await gate.open();
  expect(done).toEqual(['super_read_only', 'read_only', 'offline_mode'].map((name) => `${name} = OFF, with no file`));
  expect(files()).toEqual([]);
});

test('clients lose their connections before the server becomes read-only, and it may be told to stop after that', async () => {
  const { gate, files, done } = stage();
  await gate.isClosed();
  await gate.open();
  done.length = 0;
  await gate.close(1000);
  expect(done).toEqual(['offline_mode = ON, with no file', 'super_read_only = ON, with no file']);
  expect(files()).toEqual(['refuses']);
});

test('a server that still waits for commits does not refuse, whatever super_read_only says', async () => {
  const { gate, files, server } = stage({ read_only: '0' });
  expect(await refusesWrites(server)).toBe(false);
  expect(await gate.isClosed()).toBe(false);
  expect(files()).toEqual([]);
});

test('a server that takes writes though it was told not to is ended', async () => {
  const { gate, files, values, server, logged } = stage();
  await gate.isClosed();
  await gate.open();
  const query = server.query.bind(server);
  server.query = async (statement) => {
    const rows = await query(statement);
    if (statement.includes('super_read_only = ON')) values['read_only'] = '0';
    return rows;
  };
  await gate.close(1000);
  expect([files(), logged]).toEqual([['active-until'], ['ends mysqld']]);
});

test('a server that does not close in time is ended, and may not be told to stop when it closes after that', async () => {
  const { gate, files, state, logged } = stage();
  await gate.isClosed();
  await gate.open();
  state.hangs = (statement) => statement.includes('super_read_only = ON');
  await gate.close(30);
  expect(files()).toEqual(['active-until']);
  expect(logged).toEqual(['ends mysqld']);
});

test('a server that is opened while mysqld is told to stop stays closed', async () => {
  const { gate, folder, files, done } = stage();
  await gate.isClosed();
  renameSync(join(folder, 'refuses'), join(folder, 'stopping'));
  await expect(gate.open()).rejects.toThrow('mysqld is about to stop');
  expect(done).toEqual([]);
  // It refuses all the while, and that is not said again: it would be taken away by the next who opens.
  expect(await gate.isClosed()).toBe(true);
  expect(files()).toEqual(['stopping']);
  await expect(gate.open()).rejects.toThrow('mysqld is about to stop');
});

test('a server that nobody has seen closed is not opened', async () => {
  const { gate, done } = stage();
  await expect(gate.open()).rejects.toThrow('was started again a moment ago');
  expect(done).toEqual([]);
});

test('a standby that someone opened by hand may not be told to stop until it is closed', async () => {
  const { gate, files, values, state } = stage();
  await gate.isClosed();
  values['super_read_only'] = '0';
  expect(await gate.isClosed()).toBe(false);
  state.hangs = (statement) => statement.includes('super_read_only = ON');
  const closing = gate.close(30);
  expect(files()).toEqual([]);
  await closing;
});

test('where a statement that opens may still be carried out, mysqld is ended', async () => {
  const { gate, files, state } = stage();
  await gate.isClosed();
  state.fail = (statement) =>
    statement.includes('read_only = OFF') ? 'no answer within 5000 ms: SET GLOBAL' : undefined;
  await expect(gate.open()).rejects.toThrow('no answer');
  state.fail = () => undefined;
  await gate.close(1000);
  expect(files()).toEqual(['active-until']);
  // So it is where another part of the agent says so.
  const other = stage();
  await other.gate.close(1000, Promise.resolve(false));
  expect(other.files()).toEqual(['active-until']);
});

test.each(['Too many connections (1040)', 'Access denied (1045)', 'no answer within 5000 ms: SET GLOBAL'])(
  'a server that answers with an error is no closed one: %s',
  async (error) => {
    const { gate, files, state } = stage();
    state.fail = () => error;
    await gate.close(1000);
    expect(files()).toEqual(['active-until']);
  },
);

test.each(['connect ECONNREFUSED /run/mysqld/mysqld.sock', 'connect ENOENT /run/mysqld/mysqld.sock'])(
  'a server that is gone needs no end, and nothing is said of the one that starts: %s',
  async (error) => {
    const { gate, files, state } = stage();
    let times = 0;
    // The connection that there was ends first.
    state.fail = () => (times++ === 0 ? 'the server closed the connection' : error);
    await gate.close(1000);
    expect(files()).toEqual([]);
  },
);

test('only variables that differ are set, in their order, and none that is not wanted any more', async () => {
  const { server, done, values } = stage({ super_read_only: '0', read_only: '1', offline_mode: '1', timeout: '10' });
  const wanted = { timeout: 1500, super_read_only: 'OFF', read_only: 'OFF', offline_mode: 'OFF' } as const;
  await assertGlobals(server, wanted);
  expect(done.map((each) => each.split(',')[0])).toEqual(['timeout = 1500', 'read_only = OFF', 'offline_mode = OFF']);
  values['offline_mode'] = '1';
  await expect(assertGlobals(server, wanted, () => false)).rejects.toThrow('offline_mode is not to be OFF any more');
  expect(done).toHaveLength(3);
});
