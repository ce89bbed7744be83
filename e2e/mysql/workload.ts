/**
 * Runs in a pod: clients that transfer money between accounts, and clients that append to a set, until told to stop; then
 * compares what is on each server with what was acknowledged. One statement has a second, and a connection 0.4;
 * whoever gets no answer connects again and goes on, as a web server would. Asked over HTTP: /stats, /gaps?since=, /stop,
 * /compare?host=&host=, /verify?host=; where it is started with IDLE, it writes nothing until it is told to by /load?host=.
 */
import * as http from 'node:http';
import { MySqlClient, MySqlError } from '../../agent/mysql/client';
import { load } from './load';

const { env } = process;
const CLIENTS = 8;
const ACCOUNTS = 10;
const INITIAL = 1000;
const STATEMENT_MS = 1_000;
/** A connection is tried for this long, so that it is not what the length of a gap comes from. */
const CONNECT_MS = 400;
/** Longer pauses than this between two acknowledged writes are kept as gaps. */
const GAP_MS = 100;
const THINK_MS = 50;

const server = (host: string, timeoutMs = STATEMENT_MS) => ({
  host,
  port: 3306,
  user: env['DB_USER'] ?? '',
  password: env['DB_PASSWORD'] ?? '',
  timeoutMs,
});
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Read-only, a deadlock, a lock that was waited for too long: by these a server says that it did not do it. */
const REFUSALS = [1290, 1836, 1213, 1205];

type Outcome = 'acknowledged' | 'refused' | 'unknown';
/** Every write by its number, and what its client was told. */
const writes = { member: new Map<number, Outcome>(), transfer: new Map<number, Outcome>() };
const gaps: { from: number; ms: number }[] = [];
const errors: Record<string, number> = {};
let lastAt = Date.now();
let running = true;
/** While contents are compared, no client begins a write. */
let paused = false;
let writing = 0;
let next = 0;

function acknowledged(): void {
  const now = Date.now();
  if (now - lastAt > GAP_MS) gaps.push({ from: lastAt, ms: now - lastAt });
  lastAt = now;
}

async function setUp(): Promise<void> {
  const client = await MySqlClient.connect(server(env['DB_HOST'] ?? '', 10_000));
  await client.query('CREATE TABLE IF NOT EXISTS bench.accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL)');
  await client.query('CREATE TABLE IF NOT EXISTS bench.members (id BIGINT PRIMARY KEY)');
  await client.query(
    'CREATE TABLE IF NOT EXISTS bench.transfers (id BIGINT PRIMARY KEY, source INT, target INT, amount BIGINT)',
  );
  for (const table of ['members', 'transfers', 'accounts']) await client.query(`DELETE FROM bench.${table}`);
  for (let id = 0; id < ACCOUNTS; id++) await client.query(`INSERT INTO bench.accounts VALUES (${id}, ${INITIAL})`);
  client.close();
}

/** One write. The first statement that may have committed makes the outcome unknown until it is answered. */
async function write(kind: 'member' | 'transfer', client: MySqlClient): Promise<void> {
  const id = next++;
  const log = writes[kind];
  const query = (statement: string) => client.query(statement, STATEMENT_MS);
  const refused = (error: unknown) => {
    if (error instanceof MySqlError && REFUSALS.includes(error.code)) log.set(id, 'refused');
    throw error;
  };
  log.set(id, 'refused');
  if (kind === 'member') {
    log.set(id, 'unknown');
    await query(`INSERT INTO bench.members VALUES (${id})`).catch(refused);
  } else {
    const source = Math.floor(Math.random() * ACCOUNTS);
    const target = (source + 1 + Math.floor(Math.random() * (ACCOUNTS - 1))) % ACCOUNTS;
    const amount = 1 + Math.floor(Math.random() * 10);
    const [first, second] = [source, target].sort((a, b) => a - b) as [number, number];
    await query('START TRANSACTION');
    await query(`SELECT balance FROM bench.accounts WHERE id IN (${first}, ${second}) ORDER BY id FOR UPDATE`);
    await query(`UPDATE bench.accounts SET balance = balance - ${amount} WHERE id = ${source}`);
    await query(`UPDATE bench.accounts SET balance = balance + ${amount} WHERE id = ${target}`);
    await query(`INSERT INTO bench.transfers VALUES (${id}, ${source}, ${target}, ${amount})`);
    log.set(id, 'unknown');
    await query('COMMIT').catch(refused);
  }
  log.set(id, 'acknowledged');
  acknowledged();
}

async function client(kind: 'member' | 'transfer'): Promise<void> {
  let connection: MySqlClient | undefined;
  while (running) {
    if (paused) {
      await sleep(20);
      continue;
    }
    writing++;
    try {
      connection ??= await MySqlClient.connect(server(env['DB_ADDRESS'] ?? '', CONNECT_MS));
      await write(kind, connection);
      await sleep(THINK_MS);
    } catch (error) {
      const what = error instanceof MySqlError ? String(error.code) : String(error).replace(/:.*/, '');
      errors[what] = (errors[what] ?? 0) + 1;
      connection?.close();
      connection = undefined;
      await sleep(50);
    } finally {
      writing--;
    }
  }
  connection?.close();
}

async function executedOn(connection: MySqlClient): Promise<string> {
  const [row] = await connection.query('SELECT @@global.gtid_executed AS executed');
  return (row?.['executed'] ?? '').replaceAll('\n', '');
}

/** The checksum of each table, and the transactions that the server has. */
async function contents(host: string): Promise<{ executed: string; sums: Record<string, string> }> {
  const connection = await MySqlClient.connect(server(host, 10_000));
  try {
    const executed = await executedOn(connection);
    const rows = await connection.query('CHECKSUM TABLE bench.accounts, bench.members, bench.transfers');
    const sums = Object.fromEntries(rows.map((row) => [row['Table'] ?? '', row['Checksum'] ?? '']));
    return { executed, sums };
  } finally {
    connection.close();
  }
}

/** Compares the tables of the servers while nobody writes, once both have the same transactions. */
async function compare(hosts: string[]): Promise<{ same: boolean; servers: object }> {
  paused = true;
  try {
    const end = Date.now() + 30_000;
    while (writing > 0) await sleep(20);
    for (;;) {
      const servers = await Promise.all(hosts.map(contents)).catch((error: unknown) => String(error));
      const late = Date.now() > end;
      if (typeof servers === 'string') {
        if (late) throw new Error(servers);
      } else {
        const [first, second] = servers.map(({ executed }) => executed);
        const same = new Set(servers.map(({ sums }) => JSON.stringify(sums))).size === 1;
        if (first === second || late) return { same: same && first === second, servers };
      }
      await sleep(200);
    }
  } finally {
    lastAt = Date.now();
    paused = false;
  }
}

/** What is wrong with the data of one server; every figure but `rows` has to be zero. */
async function verify(host: string): Promise<object> {
  const connection = await MySqlClient.connect(server(host, 30_000));
  const ids = async (table: string) =>
    new Set((await connection.query(`SELECT id FROM bench.${table}`)).map((row) => Number(row['id'])));
  const count = (log: Map<number, Outcome>, found: Set<number>) => ({
    rows: found.size,
    lost: [...log].filter(([id, outcome]) => outcome === 'acknowledged' && !found.has(id)).length,
    phantom: [...found].filter((id) => (log.get(id) ?? 'refused') === 'refused').length,
  });
  const members = count(writes.member, await ids('members'));
  const transfers = count(writes.transfer, await ids('transfers'));
  const [total] = await connection.query(`SELECT SUM(balance) - ${ACCOUNTS * INITIAL} AS off FROM bench.accounts`);
  const wrong = await connection.query(
    `SELECT a.id FROM bench.accounts a WHERE a.balance <> ${INITIAL}
     + (SELECT COALESCE(SUM(amount), 0) FROM bench.transfers WHERE target = a.id)
     - (SELECT COALESCE(SUM(amount), 0) FROM bench.transfers WHERE source = a.id)`,
  );
  const executed = await executedOn(connection);
  connection.close();
  return {
    members,
    transfers,
    totalOff: Number(total?.['off']),
    wrongBalances: wrong.length,
    executed,
  };
}

function stats(): object {
  const all = [...writes.member.values(), ...writes.transfer.values()];
  const number = (outcome: Outcome) => all.filter((each) => each === outcome).length;
  return {
    acknowledged: number('acknowledged'),
    unknown: number('unknown'),
    refused: number('refused'),
    sinceLastMs: Date.now() - lastAt,
    now: Date.now(),
    errors,
  };
}

async function answer(url: URL, clients: Promise<void[]>): Promise<object> {
  switch (url.pathname) {
    case '/stats':
      return stats();
    case '/gaps': {
      const since = Number(url.searchParams.get('since'));
      const open = Date.now() - lastAt > GAP_MS && running ? [{ from: lastAt, ms: Date.now() - lastAt }] : [];
      return [...gaps, ...open].filter(({ from, ms }) => from + ms >= since);
    }
    case '/stop':
      running = false;
      await clients;
      return stats();
    case '/compare':
      return compare(url.searchParams.getAll('host'));
    case '/verify':
      return verify(url.searchParams.get('host') ?? '');
    case '/load': {
      const host = url.searchParams.get('host') ?? env['DB_HOST'] ?? '';
      const password = host.includes('-bare') ? env['BARE_PASSWORD'] : env['DB_PASSWORD'];
      const address = { ...server(host, 10_000), password: password ?? '' };
      return load(address, CLIENTS, Number(url.searchParams.get('seconds')));
    }
    default:
      throw new Error('nothing is here');
  }
}

async function main(): Promise<void> {
  running = !env['IDLE'];
  if (running) await setUp();
  lastAt = Date.now();
  const clients = Promise.all(
    Array.from({ length: CLIENTS }, (_, index) => client(index % 2 === 0 ? 'member' : 'transfer')),
  );
  http
    .createServer((request, response) => {
      answer(new URL(request.url ?? '/', 'http://workload'), clients).then(
        (body) => response.end(JSON.stringify(body)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    })
    .listen(8080);
}

void main();
