import type { Connection, Row } from '../../agent/mysql/client';
import type { Lab, LabServer } from './lab';

/** How a statement ended: its rows, or the server's error. */
export type Outcome = { readonly rows: Row[] } | { readonly error: Error };

/** A statement that is not waited for. */
export class Sent {
  public outcome: Outcome | undefined;
  public readonly settled: Promise<Outcome>;

  public constructor(statement: Promise<Row[]>) {
    this.settled = statement.then(
      (rows) => (this.outcome = { rows }),
      (error: Error) => (this.outcome = { error }),
    );
  }

  public get waits(): boolean {
    return this.outcome === undefined;
  }

  /** `OK`, or the number or the text of the error. */
  public async end(): Promise<string> {
    const outcome = await this.settled;
    if ('rows' in outcome) return 'OK';
    return String((outcome.error as { code?: number }).code ?? outcome.error.message);
  }
}

/** What scenarios do to a pair, by the statements that the agents send. */
export class Pair {
  public constructor(
    public readonly lab: Lab,
    /** The agents' connections to the first and the second server. */
    public readonly agent: Connection,
    public readonly other: Connection,
  ) {}

  public get first(): LabServer {
    return this.lab.first;
  }

  public get second(): LabServer {
    return this.lab.second;
  }

  public pass(ms: number): Promise<void> {
    return this.lab.pass(ms);
  }

  /** Waits until something holds. */
  public async until(what: string, holds: () => Promise<boolean>, ms = 20_000): Promise<void> {
    for (let passed = 0; !(await holds()); passed += 50) {
      if (passed > ms) throw new Error(`it did not come about that ${what}`);
      await this.pass(50);
    }
  }

  /** The first takes writes, and its commits wait for a replica. */
  public async lead(agent = this.agent): Promise<void> {
    await agent.query('SET GLOBAL rpl_semi_sync_source_timeout = 4294967295');
    await agent.query('SET GLOBAL rpl_semi_sync_source_enabled = ON');
    for (const name of ['super_read_only', 'read_only', 'offline_mode']) await agent.query(`SET GLOBAL ${name} = OFF`);
  }

  /** The second follows the first. */
  public async follow(other = this.other, source = this.first): Promise<void> {
    await other.query(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${source.host}', SOURCE_PORT = ${source.port},` +
        " SOURCE_USER = 'replication', SOURCE_PASSWORD = 'replication', SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1," +
        " SOURCE_SSL_CA = '', SOURCE_SSL_VERIFY_SERVER_CERT = 0, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 1000000, SOURCE_HEARTBEAT_PERIOD = 1",
    );
    await other.query('START REPLICA');
  }

  public async both(): Promise<void> {
    await this.lead();
    await this.follow();
    await this.until('the replica is connected', async () => (await this.semiSync())['clients'] === '1');
  }

  /** The second receives nothing any more, and the first knows that. */
  public async part(): Promise<void> {
    await this.other.query('STOP REPLICA IO_THREAD');
    await this.pass(100);
  }

  public async write(row: number, connection?: Connection): Promise<Sent> {
    const client = connection ?? (await this.first.connect('site'));
    return new Sent(client.query(`INSERT INTO site.written VALUES (${row})`));
  }

  /** Writes a row that waits for the replica. */
  public async writeAndWait(row: number): Promise<Sent> {
    const sent = await this.write(row);
    await this.until('a commit waits', async () => Number((await this.semiSync())['wait_sessions']) > 0);
    return sent;
  }

  public async semiSync(agent = this.agent): Promise<Readonly<Record<string, string>>> {
    const start = 'Rpl_semi_sync_source_';
    const rows = await agent.query(`SHOW GLOBAL STATUS LIKE '${start}%'`);
    return Object.fromEntries(rows.map((row) => [row['Variable_name']!.slice(start.length), row['Value']!]));
  }

  public async status(other = this.other): Promise<Row | undefined> {
    const [row] = await other.query('SHOW REPLICA STATUS');
    return row;
  }

  /** The states of the two threads of the second: `Yes Yes`. */
  public async threads(other = this.other): Promise<string> {
    const status = await this.status(other);
    return `${status?.['Replica_IO_Running']} ${status?.['Replica_SQL_Running']}`;
  }

  public async value(expression: string, agent = this.agent): Promise<string> {
    const [row] = await agent.query(`SELECT ${expression} AS value`);
    return (row!['value'] ?? '').replace(/\s/g, '');
  }

  public executed(agent = this.agent): Promise<string> {
    return this.value('@@global.gtid_executed', agent);
  }
}

export async function pairOf(lab: Lab): Promise<Pair> {
  return new Pair(lab, await lab.first.connect('agent'), await lab.second.connect('agent'));
}
