import type { Agent, Leader } from '../../agent/engine';
import type { Connection } from '../../agent/mysql/client';
import { thisHost } from '../../agent/mysql/host';
import { ReplicaDuties } from '../../agent/mysql/replica';
import { MySqlServer } from '../../agent/mysql/server';
import type { ReplicaStatus } from '../../agent/mysql/server';

const LEADER: Leader = { pod: 'db-1', term: 1 } as Leader;

/** A replica that connects to its source with one password, and a source that takes some. */
function world(has: string, taken: string[], status: Partial<ReplicaStatus> = {}) {
  const server = new MySqlServer({ socketPath: '/nowhere', user: 'agent', password: '', timeoutMs: 100 });
  const follows = {
    source: 'db01',
    receiving: true,
    connecting: false,
    applying: true,
    retrieved: '',
    lag: 0,
    error: '',
    applyError: '',
  };
  const sent: string[] = [];
  let password = has;
  jest.spyOn(server, 'replicaStatus').mockImplementation(async () => ({ ...follows, ...status }));
  jest.spyOn(server, 'describe').mockImplementation(async () => ({ uuid: 'b', executed: 'a:1-9', purged: '' }));
  jest.spyOn(server, 'isHalf').mockImplementation(async () => false);
  jest.spyOn(server, 'subtract').mockImplementation(async () => '');
  jest.spyOn(server, 'sourcePassword').mockImplementation(async () => password);
  jest.spyOn(server, 'stopReceiving').mockImplementation(async () => void sent.push('stops receiving'));
  jest.spyOn(server, 'query').mockImplementation(async (statement) => {
    if (!statement.includes('offline_mode')) sent.push(statement);
    password = /SOURCE_PASSWORD = '(.*)'/.exec(statement)?.[1] ?? password;
    return [];
  });
  const events: string[] = [];
  const agent = {
    event: (...event: string[]) => events.push(event.join(' ')),
    facts: () => ({ primary: 'a', term: '1' }),
  } as unknown as Agent;
  const primary: Connection = {
    id: 1,
    open: true,
    whenClosed: undefined,
    query: async () => [{ uuid: 'a', executed: 'a:1-9', purged: '' }],
    close: () => undefined,
  };
  const host = { ...thisHost, connect: async () => primary };
  const takes = async () => taken.includes('new');
  const duties = new ReplicaDuties(server, server, 'boot', agent, () => undefined, takes, host);
  const look = () => duties.look(LEADER, { host: 'db01', port: 3306, passwords: () => ['new', 'old'] });
  return { look, sent, events };
}

const RENEWED = ['stops receiving', "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = 'new'", 'START REPLICA IO_THREAD'];

test('a replica goes on with the new password of its account, once its source takes that', async () => {
  const { look, sent, events } = world('old', ['old', 'new']);
  expect(await look()).toBe(true);
  expect(sent).toEqual(RENEWED);
  expect(events).toEqual(['Normal MySQLPassword it replicates from db01 with the new password']);
});

test('until its source takes the new password it stays with the one that it has', async () => {
  const { look, sent } = world('old', ['old']);
  expect(await look()).toBe(true);
  expect(sent).toEqual([]);
});

test('a replica that has the password is left as it is', async () => {
  const { look, sent } = world('new', ['new']);
  expect(await look()).toBe(true);
  expect(sent).toEqual([]);
});

test('a replica that was away while its password was replaced does not try the old one for ever', async () => {
  const { look, sent } = world('old', ['new'], { receiving: false, connecting: true });
  expect(await look()).toBe(false);
  expect(sent).toEqual(RENEWED);
});
