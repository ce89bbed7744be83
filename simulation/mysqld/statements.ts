import type { Row } from '../../agent/mysql/client';
import { MySqlError } from '../../agent/mysql/client';
import { evaluate } from './expression';
import type { Session } from './session';
import { showReplicaStatus, showReplicas, showStatus, variablesOf } from './show';

/** Tells the client the result of a statement; never, where the statement waits for ever. */
type Reply = (result: Row[] | Error) => void;

type Handler = (session: Session, match: RegExpExecArray, reply: Reply) => void;

/** Statements that the agents and the clients of a run send. Any other one ends the run: the model has to learn it first. */
const STATEMENTS: readonly (readonly [pattern: RegExp, handler: Handler])[] = [
  [/^DO 1$/, (_, __, reply) => reply([])],
  [
    /^SELECT 1 FROM mysql\.user WHERE user = 'half_a_copy'$/,
    ({ server }, _, reply) => reply(server.volume.half ? [{ '1': '1' }] : []),
  ],
  [
    /^SELECT 1 FROM mysql\.user WHERE user = '(\w+)' AND host = '[^']*' AND JSON_EXTRACT\(User_attributes, '\$\.additional_password'\) IS NOT NULL$/,
    ({ server }, [, user], reply) =>
      reply(server.volume.passwords.get(user!)?.before === undefined ? [] : [{ '1': '1' }]),
  ],
  [
    /^SELECT ID AS id FROM information_schema\.PROCESSLIST WHERE USER = 'system user' AND STATE LIKE '%source%'$/,
    ({ server: { receiver } }, _, reply) => reply(receiver.state === 'No' ? [] : [{ id: String(receiver.id) }]),
  ],
  [
    /^SELECT ID AS id FROM information_schema\.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'$/,
    ({ server }, _, reply) => reply([...server.links].map(({ id }) => ({ id: String(id) }))),
  ],
  [
    /^SELECT ID AS id FROM information_schema\.PROCESSLIST WHERE USER NOT IN \((.*)\)$/,
    ({ server }, [, users], reply) =>
      reply(
        [...server.sessions].filter(({ user }) => !users!.includes(`'${user}'`)).map(({ id }) => ({ id: String(id) })),
      ),
  ],
  [
    /^SELECT ID AS id FROM information_schema\.PROCESSLIST WHERE USER = 'agent' AND \(ID < (\d+)(?: OR ID IN \((.*)\))?\)$/,
    ({ server }, [, first, listed = ''], reply) => {
      const ids = listed.split(', ').map(Number);
      const agents = [...server.sessions].filter(({ user }) => user === 'agent');
      reply(agents.filter(({ id }) => id < Number(first) || ids.includes(id)).map(({ id }) => ({ id: String(id) })));
    },
  ],
  [
    /^SELECT ID AS id FROM information_schema\.PROCESSLIST WHERE INFO = '([^']*)'$/,
    ({ server }, [, statement], reply) =>
      reply([...server.sessions].filter((each) => each.statement === statement).map(({ id }) => ({ id: String(id) }))),
  ],
  [
    /^SELECT User_password AS password FROM mysql\.slave_master_info WHERE Channel_name = ''$/,
    ({ server: { volume } }, _, reply) => reply(volume.source ? [{ password: volume.source.password }] : []),
  ],
  [
    /^SELECT CONCAT\(TABLE_SCHEMA.* FROM information_schema\.TABLES /s,
    ({ server: { volume } }, _, reply) =>
      reply(volume.foreign && !volume.foreign.copied ? [{ name: 'site.old (MyISAM)' }] : []),
  ],
  // The site has no scheduled events.
  [/^SELECT .* FROM information_schema\.EVENTS$/s, (_, __, reply) => reply([])],
  [/^SELECT db, name FROM slices\.events$/, (_, __, reply) => reply(noSuchTable())],
  [/^SELECT (.*)$/s, ({ server }, [, columns], reply) => reply([evaluate(columns!, variablesOf(server))])],
  [/^SHOW REPLICA STATUS$/, ({ server }, _, reply) => reply(showReplicaStatus(server))],
  [/^SHOW REPLICAS$/, ({ server }, _, reply) => reply(showReplicas(server))],
  [/^SHOW GLOBAL STATUS LIKE '(.*)%'$/, ({ server }, [, start], reply) => reply(showStatus(server, start!))],
  [
    /^SET SESSION sql_log_bin = ([01])$/,
    (session, [, on], reply) => {
      session.logs = on === '1';
      reply([]);
    },
  ],
  [/^SET GLOBAL (\w+) = (.*)$/, set],
  [/^KILL (\d+)$/, kill],
  [/^START REPLICA( IO_THREAD| SQL_THREAD)?$/, startReplica],
  [/^STOP REPLICA( IO_THREAD| SQL_THREAD)?$/, stopReplica],
  [/^RESET REPLICA ALL$/, resetReplica],
  [/^CHANGE REPLICATION SOURCE TO (.*)$/s, changeSource],
  [
    /^CLONE INSTANCE FROM '(\w+)'@'([^']*)':(\d+) IDENTIFIED BY '([^']*)' REQUIRE SSL$/,
    ({ server }, [, user, host, port, password], reply) => {
      if (server.lock.superReadOnly) return reply(readOnly());
      server.clone.begin(host!, Number(port), { user: user!, password: password! }, (error) => reply(error ?? []));
    },
  ],
  [/^CREATE USER IF NOT EXISTS 'half_a_copy'@'localhost' ACCOUNT LOCK$/, locally(({ volume }) => (volume.half = true))],
  [
    /^ALTER USER '(\w+)'@'[^']*' IDENTIFIED BY '([^']*)' RETAIN CURRENT PASSWORD$/,
    locally(({ volume }, [, user, now]) => {
      const passwords = volume.passwords.get(user!)!;
      volume.passwords.set(user!, { now: now!, before: passwords.now });
    }),
  ],
  [
    /^ALTER USER '(\w+)'@'[^']*' DISCARD OLD PASSWORD$/,
    locally(({ volume }, [, user]) => (volume.passwords.get(user!)!.before = undefined)),
  ],
  [/^INSERT INTO site\.written VALUES \((\d+)\)(?: \/\* (\d+) ms \*\/)?$/, write],
  [/^CREATE DATABASE IF NOT EXISTS slices$/, write],
  [/^CREATE TABLE IF NOT EXISTS slices\.mark \(id INT PRIMARY KEY, marked DATETIME\(6\)\)$/, write],
  [/^REPLACE INTO slices\.mark VALUES \(\d+, NOW\(6\)\)$/, write],
];

type Run = (session: Session, reply: Reply) => void;

/** Statements that come again and again are recognized once. */
const known = new Map<string, Run>();

export function execute(session: Session, statement: string, reply: Reply): void {
  (known.get(statement) ?? recognize(statement))(session, reply);
}

function recognize(statement: string): Run {
  for (const [pattern, handler] of STATEMENTS) {
    const match = pattern.exec(statement);
    if (!match) continue;
    const run: Run = (session, reply) => handler(session, match, reply);
    if (statement.length < 200 && !statement.startsWith('INSERT')) known.set(statement, run);
    return run;
  }
  throw new Error(`the modelled mysqld does not know this statement, teach it in simulation/mysqld: ${statement}`);
}

function noSuchTable(): MySqlError {
  return new MySqlError(1146, '42S02', "Table 'slices.events' doesn't exist");
}

function readOnly(): MySqlError {
  return new MySqlError(1290, 'HY000', 'The MySQL server is running with the --super-read-only option');
}

/** A statement that writes outside the binary log. */
function locally(change: (server: Session['server'], match: RegExpExecArray) => void): Handler {
  return ({ server, logs }, match, reply) => {
    if (logs) throw new Error(`it would be in the binary log: ${match[0]}`);
    if (server.lock.superReadOnly) return reply(readOnly());
    change(server, match);
    reply([]);
  };
}

function write(session: Session, [, row, ms]: RegExpExecArray, reply: Reply): void {
  const { server, user } = session;
  session.giveUp = server.commits.write({
    writer: user === 'agent' ? 'super' : 'client',
    row: row === undefined ? undefined : Number(row),
    ms: Number(ms ?? 0.2),
    ended: () => session.killed,
    done: (committed) => {
      session.giveUp = undefined;
      if (!committed) return;
      if (row !== undefined && session.open) server.acknowledged(Number(row));
      reply([]);
    },
    refused: () => reply(readOnly()),
  });
}

function set(session: Session, [, name, value = '']: RegExpExecArray, reply: Reply): void {
  const { server } = session;
  const on = /^(ON|1)$/i.test(value);
  if (session.user !== 'agent') return reply(new MySqlError(1227, '42000', 'Access denied; you need SUPER'));
  switch (name) {
    case 'super_read_only':
    case 'read_only':
      session.giveUp = server.lock.set(name, on, () => reply([]));
      return undefined;
    case 'offline_mode':
      server.setOffline(on);
      return reply([]);
    case 'rpl_semi_sync_source_enabled':
      server.semiSync.setEnabled(on);
      return reply([]);
    case 'rpl_semi_sync_source_timeout':
      server.semiSync.timeoutMs = Number(value);
      return reply([]);
    case 'clone_valid_donor_list':
      server.donors = value.replaceAll("'", '');
      return reply([]);
    default:
      throw new Error(`the modelled mysqld has no variable ${name}`);
  }
}

function kill({ server }: Session, [, id]: RegExpExecArray, reply: Reply): void {
  const session = [...server.sessions].find((each) => each.id === Number(id));
  const link = [...server.links].find((each) => each.id === Number(id));
  if (server.receiver.state !== 'No' && Number(id) === server.receiver.id) server.receiver.kill();
  else if (session) session.end();
  else if (link) link.drop();
  else return reply(new MySqlError(1094, 'HY000', `Unknown thread id: ${id}`));
  reply([]);
}

function startReplica({ server }: Session, [, which]: RegExpExecArray, reply: Reply): void {
  if (!server.volume.source) return reply(new MySqlError(1200, 'HY000', 'The server is not configured as replica'));
  if (which !== ' SQL_THREAD') server.receiver.start();
  if (which !== ' IO_THREAD') server.applier.start();
  reply([]);
}

function stopReplica({ server }: Session, [, which]: RegExpExecArray, reply: Reply): void {
  const applier = () => (which === ' IO_THREAD' ? reply([]) : server.applier.stop(() => reply([])));
  if (which === ' SQL_THREAD') applier();
  else server.receiver.stop(applier);
}

function running(): MySqlError {
  return new MySqlError(3081, 'HY000', 'This operation cannot be performed with running replication threads');
}

function resetReplica({ server: { volume, receiver, applier } }: Session, _: RegExpExecArray, reply: Reply): void {
  if (receiver.state !== 'No' || applier.running) return reply(running());
  volume.dropRelay();
  volume.source = undefined;
  reply([]);
}

/** What was received and not applied is given up, but where only the password changes while it is applied. */
function changeSource({ server }: Session, [, list]: RegExpExecArray, reply: Reply): void {
  const { volume, receiver, applier } = server;
  const options = new Map<string, string>();
  for (const [, name, value] of list!.matchAll(/(SOURCE_\w+) = ('(?:[^'\\]|\\.)*'|\d+)(?:, |$)/g))
    options.set(name!, value!.replaceAll("'", ''));
  const before = volume.source ?? { host: '', port: 3306, user: '', password: '' };
  if (receiver.state !== 'No' || (applier.running && options.has('SOURCE_AUTO_POSITION'))) return reply(running());
  if (!applier.running) volume.dropRelay();
  volume.source = {
    host: options.get('SOURCE_HOST') ?? before.host,
    port: Number(options.get('SOURCE_PORT') ?? before.port),
    user: options.get('SOURCE_USER') ?? before.user,
    password: options.get('SOURCE_PASSWORD') ?? before.password,
  };
  reply([]);
}
