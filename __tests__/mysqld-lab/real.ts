import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { MySqlClient } from '../../agent/mysql/client';
import type { Connection } from '../../agent/mysql/client';
import { myCnf } from '../../constructs/mysql/mysql';
import { startProgram } from '../started';
import type { Lab, LabServer, Laboratory, User } from './lab';

const HOST = '127.0.0.1';
/** mysqld ends with it to be started again, after CLONE. */
const RESTART = 16;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What the script of the container has mysqld do at each start, as far as the scenarios need it. */
const INIT = `SET SESSION sql_log_bin = 0;
CREATE DATABASE IF NOT EXISTS site;
CREATE TABLE IF NOT EXISTS site.written (id INT PRIMARY KEY);
CREATE USER IF NOT EXISTS 'site'@'%' IDENTIFIED BY 'site';
GRANT ALL ON site.* TO 'site'@'%';
CREATE USER IF NOT EXISTS 'replication'@'%' IDENTIFIED BY 'replication';
GRANT REPLICATION SLAVE, REPLICATION CLIENT, BACKUP_ADMIN, CONNECTION_ADMIN ON *.* TO 'replication'@'%';
GRANT SELECT (user) ON mysql.user TO 'replication'@'%';
CREATE USER IF NOT EXISTS 'agent'@'localhost' IDENTIFIED BY 'agent';
GRANT ALL ON *.* TO 'agent'@'localhost' WITH GRANT OPTION;
`;

/** A real mysqld with the settings that a pair has, started again whenever it ends. */
class RealServer implements LabServer {
  public readonly host = HOST;
  public uuid = '';
  private process: ChildProcess | undefined;
  private codes: number[] = [];
  private stopped = false;

  public constructor(
    private readonly folder: string,
    private readonly number: number,
    public readonly port: number,
  ) {
    for (const each of ['lib/tmp', 'run']) mkdirSync(join(folder, each), { recursive: true });
    const settings = { bind_address: HOST, port: String(port), innodb_buffer_pool_size: '16M' };
    const text = myCnf(300, settings)
      .replaceAll('/var/lib/mysql', join(folder, 'lib'))
      .replaceAll('/run/mysqld', join(folder, 'run'));
    writeFileSync(join(folder, 'my.cnf'), text);
    writeFileSync(join(folder, 'init.sql'), INIT);
  }

  public async start(): Promise<void> {
    const { status, stderr } = spawnSync('mysqld', [...this.options, '--initialize-insecure'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mysqld made no data: ${stderr}`);
    this.launch();
    await this.answers();
    const agent = await this.connect('agent');
    const [row] = await agent.query('SELECT @@server_uuid AS uuid');
    this.uuid = row!['uuid']!;
    agent.close();
  }

  public connect(user: User): Promise<Connection> {
    const socketPath = join(this.folder, 'run/mysqld.sock');
    const address = user === 'replication' ? { host: HOST, port: this.port } : { socketPath };
    return MySqlClient.connect({ ...address, user, password: user, timeoutMs: 30_000 });
  }

  public signal(name: NodeJS.Signals): void {
    this.process?.kill(name);
    // On a busy machine a thread may run on for a while after the process was told to stop.
    if (name === 'SIGSTOP') while (this.threads().some((state) => state !== 'T')) continue;
  }

  /** The state of each thread, a letter as ps(1) has it. */
  private threads(): string[] {
    const folder = `/proc/${this.process!.pid}/task`;
    return readdirSync(folder).map((id) => /\) (\w)/.exec(readFileSync(join(folder, id, 'stat'), 'utf8'))![1]!);
  }

  public async restarted(): Promise<number> {
    while (this.codes.length === 0) await sleep(20);
    const code = this.codes.shift()!;
    await this.answers();
    return code;
  }

  public async purge(): Promise<void> {
    const agent = await this.connect('agent');
    await agent.query('FLUSH BINARY LOGS');
    const logs = await agent.query('SHOW BINARY LOGS');
    await agent.query(`PURGE BINARY LOGS TO '${logs.at(-1)!['Log_name']}'`);
    agent.close();
  }

  public async obtain(uuid: string, number: number, row: number): Promise<void> {
    const agent = await this.connect('agent');
    await agent.query('SET GLOBAL super_read_only = OFF');
    await agent.query(`SET SESSION GTID_NEXT = '${uuid}:${number}'`);
    await agent.query(`INSERT INTO site.written VALUES (${row})`);
    await agent.query('SET GLOBAL super_read_only = ON');
    agent.close();
  }

  public async setBack(): Promise<void> {
    const agent = await this.connect('agent');
    await agent.query('RESET BINARY LOGS AND GTIDS');
    agent.close();
  }

  /** As it is after `--initialize-insecure`, whatever a scenario did to it. */
  public async reset(): Promise<void> {
    this.signal('SIGCONT');
    await this.answers();
    const agent = await this.connect('agent');
    const statements = [
      'STOP REPLICA',
      'RESET REPLICA ALL',
      'SET GLOBAL rpl_semi_sync_source_enabled = OFF',
      'SET GLOBAL rpl_semi_sync_source_timeout = 4294967295',
      'SET GLOBAL super_read_only = OFF',
      'RESET BINARY LOGS AND GTIDS',
      'SET SESSION sql_log_bin = 0',
      ...INIT.split(';\n').filter((line) => line !== ''),
      'DROP DATABASE IF EXISTS slices',
      "DROP USER IF EXISTS 'half_a_copy'@'localhost'",
      'DELETE FROM site.written',
      'SET GLOBAL super_read_only = ON',
      'SET GLOBAL offline_mode = OFF',
    ];
    for (const statement of statements) await agent.query(statement);
    agent.close();
    this.codes = [];
  }

  public async end(): Promise<void> {
    this.stopped = true;
    const ended = new Promise((resolve) => this.process?.once('exit', resolve));
    this.signal('SIGKILL');
    await ended;
  }

  private get options(): string[] {
    return [`--defaults-file=${this.folder}/my.cnf`, `--user=${userInfo().username}`];
  }

  private launch(): void {
    const own = [`--init-file=${this.folder}/init.sql`, `--server-id=${this.number}`, `--report-host=${HOST}`];
    const env = { ...process.env, MYSQLD_PARENT_PID: String(process.pid) };
    this.process = startProgram('mysqld', [...this.options, ...own], { env });
    this.process.once('exit', (code, signal) => {
      this.codes.push(signal === 'SIGKILL' ? 137 : (code ?? -1));
      if (!this.stopped && (code === RESTART || code === 0 || signal)) this.launch();
    });
  }

  private async answers(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        (await this.connect('agent')).close();
        return;
      } catch (error) {
        if (tries > 600) throw error;
        await sleep(100);
      }
    }
  }
}

/** Two real servers, which all scenarios share: to start one takes seconds. */
export class RealLaboratory implements Laboratory {
  private readonly folder = mkdtempSync(join(tmpdir(), 'mysqld-lab-'));
  private servers: RealServer[] = [];

  public async start(): Promise<void> {
    const ports = [await freePort(), await freePort()];
    this.servers = ports.map((port, index) => new RealServer(join(this.folder, String(index)), index + 1, port));
    for (const server of this.servers) await server.start();
  }

  public async run(scenario: (lab: Lab) => Promise<void>): Promise<void> {
    const [first, second] = this.servers as [RealServer, RealServer];
    // The replica first: it may hold commits of the other one.
    for (const server of [second, first]) await server.reset();
    await scenario({ first, second, pass: sleep });
  }

  public async stop(): Promise<void> {
    for (const server of this.servers) await server.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
