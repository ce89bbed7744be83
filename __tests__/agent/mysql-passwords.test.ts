import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../../agent/engine';
import { PasswordDuties } from '../../agent/mysql/passwords';
import { MySqlServer } from '../../agent/mysql/server';

/** A server with one account, which lets in those with one of its two passwords. */
function world(account: { readonly user: string; readonly host?: string } = { user: 'dfw' }) {
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  const server = new MySqlServer({ socketPath: '/nowhere', user: 'agent', password: '', timeoutMs: 100 });
  const state = { now: 'old', before: undefined as string | undefined, readOnly: true, time: 0 };
  const sent: string[] = [];
  jest.spyOn(server, 'query').mockImplementation(async (statement) => {
    if (statement.startsWith('SELECT')) return state.before === undefined ? [] : [{ '1': '1' }];
    sent.push(statement);
    if (statement.startsWith('SET GLOBAL super_read_only')) state.readOnly = statement.endsWith('ON');
    const set = /IDENTIFIED BY '(.*)' RETAIN/.exec(statement)?.[1]?.replace("\\'", "'");
    if (set !== undefined) [state.now, state.before] = [set, state.now];
    if (statement.endsWith('DISCARD OLD PASSWORD')) state.before = undefined;
    return [];
  });
  const events: string[] = [];
  const agent = { event: (...event: string[]) => events.push(event.join(' ')) } as unknown as Agent;
  const works = async (_: string, password: string) => [state.now, state.before].includes(password);
  const duties = new PasswordDuties(
    [{ ...account, folder }],
    server,
    works,
    agent,
    () => state.time,
    () => undefined,
  );
  const look = async (replica = false) => {
    state.time += 5_000;
    await duties.look(replica);
  };
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('password', 'old');
  return { state, sent, events, look, write, remove: (name: string) => rmSync(join(folder, name)) };
}

test('where nothing changed, nothing is done', async () => {
  const { look, sent } = world();
  await look();
  await look();
  expect(sent).toEqual([]);
});

test('a new password is good at once, the one before stays good until it is taken out, and both are left out of the log', async () => {
  const { state, sent, events, look, write, remove } = world();
  await look();
  write('password-before', 'old');
  write('password', "new'");
  await look();
  expect(sent).toEqual([
    'SET SESSION sql_log_bin = 0',
    "ALTER USER 'dfw'@'%' IDENTIFIED BY 'new\\'' RETAIN CURRENT PASSWORD",
  ]);
  expect(state.before).toBe('old');
  remove('password-before');
  await look();
  expect(state.before).toBeUndefined();
  expect(events).toEqual([
    'Normal MySQLPassword the account dfw has a new password beside the one before',
    'Normal MySQLPassword the account dfw has only its new password',
  ]);
});

test('a server that was started with both already is left as it is', async () => {
  const { state, sent, look, write } = world();
  [state.now, state.before] = ['new', 'old'];
  write('password', 'new');
  write('password-before', 'old');
  await look();
  expect(sent).toEqual([]);
  expect(state.before).toBe('old');
});

test('a replica is read-only again after it, and no client may write to it meanwhile', async () => {
  const { state, sent, look, write } = world();
  write('password', 'new');
  await look(true);
  expect(state.readOnly).toBe(true);
  expect(sent[1]).toBe('SET GLOBAL super_read_only = OFF');
  expect(sent.join()).not.toContain('GLOBAL read_only');
});

test('what was settled while no agent looked is found by the one that is started next', async () => {
  const { state, look, write } = world();
  [state.now, state.before] = ['new', 'old'];
  write('password', 'new');
  await look();
  expect(state.before).toBeUndefined();
});

test('an account that may connect from one place is named with it', async () => {
  const { sent, look, write } = world({ user: 'agent', host: 'localhost' });
  write('password', 'new');
  await look();
  expect(sent[1]).toBe("ALTER USER 'agent'@'localhost' IDENTIFIED BY 'new' RETAIN CURRENT PASSWORD");
});
