import type { Clock } from '../clock';
import { monotonicClock, sleep } from '../clock';
import type { Address as OneAddress, Connection, Row } from './client';
import { MySqlError } from './client';
import type { Files } from '../files';
import { disk } from '../files';
import type { GivenUp } from './given-up';
import type { Connect } from './host';
import { connectToServer } from './host';
import type { Server } from './rules';

export interface ReplicaStatus {
  readonly source: string;
  readonly receiving: boolean;
  /** Its source does not answer, and it tries again by itself. */
  readonly connecting: boolean;
  readonly applying: boolean;
  readonly retrieved: string;
  /** Seconds that it is behind; undefined while it cannot tell. */
  readonly lag: number | undefined;
  readonly error: string;
  /** Why it does not apply what it received, where something in that is wrong. */
  readonly applyError: string;
}

/** The account that marks a server whose data are being replaced. */
const HALF = 'half_a_copy';

/** How long a thread that was killed may go on receiving, in milliseconds. */
const RECEIVES_MS = 2_000;

/** Where a server is, and an account of it, by one password or by whichever is good. */
export interface Address extends Omit<OneAddress, 'password'> {
  readonly password: string | (() => readonly string[]);
}

const ACCESS_DENIED = 1045;

/** One mysqld, over a connection that is made when it is needed and made again when it broke. */
export class MySqlServer {
  private client: Promise<Connection> | undefined;
  /** The password that it was last connected with. */
  public accepted = '';

  public constructor(
    private readonly address: Address,
    /** Called when a connection ends. */
    private readonly whenClosed?: () => void,
    private readonly open: Connect = connectToServer,
    private readonly clock: Clock = monotonicClock,
    /** Of all connections to the same server; left out, nothing of this one matters to another. */
    private readonly givenUp?: GivenUp,
  ) {}

  public async query(statement: string, timeoutMs?: number): Promise<Row[]> {
    await this.givenUp?.endBefore(statement, (each) => this.ask(each));
    return this.ask(statement, timeoutMs);
  }

  private async ask(statement: string, timeoutMs?: number): Promise<Row[]> {
    let made = (this.client ??= this.connect());
    try {
      let client = await made;
      if (!client.open) client = await (made = this.client = this.connect());
      return await client.query(statement, timeoutMs);
    } catch (error) {
      // What is left of a connection is of no use after an error that is not the server's own answer.
      const client = await made.catch(() => undefined);
      if (client && !client.open) this.givenUp?.add(client.id, statement);
      if (!client?.open && this.client === made) this.client = undefined;
      throw error;
    }
  }

  private async connect(): Promise<Connection> {
    const { password } = this.address;
    const [first = '', ...others] = typeof password === 'string' ? [password] : password();
    const client = await this.logIn(first, others);
    client.whenClosed = this.whenClosed;
    this.givenUp?.connected(client.id);
    return client;
  }

  private async logIn(password: string, others: readonly string[]): Promise<Connection> {
    try {
      const client = await this.open({ ...this.address, password });
      this.accepted = password;
      return client;
    } catch (error) {
      const [next, ...rest] = others;
      if (next === undefined || !isDenied(error)) throw error;
      return this.logIn(next, rest);
    }
  }

  public async value(expression: string): Promise<string> {
    const [row] = await this.query(`SELECT ${expression} AS value`);
    return row?.['value'] ?? '';
  }

  public async describe(): Promise<Pick<Server, 'uuid' | 'executed'> & { readonly purged: string }> {
    const [row] = await this.query(
      'SELECT @@server_uuid AS uuid, @@global.gtid_executed AS executed, @@global.gtid_purged AS purged',
    );
    const text = (name: string) => (row?.[name] ?? '').replace(/\s/g, '');
    return { uuid: text('uuid'), executed: text('executed'), purged: text('purged') };
  }

  /** Whether it is marked as one whose data are being replaced. */
  public async isHalf(): Promise<boolean> {
    return (await this.query(`SELECT 1 FROM mysql.user WHERE user = '${HALF}'`)).length > 0;
  }

  /**
   * Marks it so: by an account, as CLONE drops every other table before it begins, and replaces the accounts by the donor's
   * when it is done.
   */
  public async markHalf(): Promise<void> {
    await this.query('SET SESSION sql_log_bin = 0');
    await this.query(`CREATE USER IF NOT EXISTS '${HALF}'@'localhost' ACCOUNT LOCK`);
    await this.query('SET SESSION sql_log_bin = 1');
  }

  /** The transactions of one set that are not in another. */
  public async subtract(set: string, less: string): Promise<string> {
    // MySQL breaks the line after each server's part.
    return (await this.value(`GTID_SUBTRACT('${set}', '${less}')`)).replace(/\s/g, '');
  }

  /** What it replicates from; nothing where it does not. */
  public async replicaStatus(): Promise<ReplicaStatus | undefined> {
    const [row] = await this.query('SHOW REPLICA STATUS');
    if (!row) return undefined;
    const lag = row['Seconds_Behind_Source'];
    return {
      source: row['Source_Host'] ?? '',
      receiving: row['Replica_IO_Running'] === 'Yes',
      connecting: row['Replica_IO_Running'] === 'Connecting',
      applying: row['Replica_SQL_Running'] === 'Yes',
      retrieved: (row['Retrieved_Gtid_Set'] ?? '').replace(/\s/g, ''),
      lag: lag === null || lag === undefined ? undefined : Number(lag),
      error: withoutStatement(row['Last_SQL_Error'] || row['Last_IO_Error'] || ''),
      applyError: withoutStatement(row['Last_SQL_Error'] ?? ''),
    };
  }

  /**
   * From here on it receives nothing, and acknowledges nothing. `STOP REPLICA` would wait for as long as the thread waits for a
   * source that does not answer, which is when a takeover is due; one that was killed ends at its next step, whatever that is.
   */
  public async stopReceiving(): Promise<void> {
    const threads = await this.query(
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'system user' AND STATE LIKE '%source%'",
    );
    for (const { id } of threads) await this.query(`KILL ${id}`).catch(() => undefined);
    const end = this.clock.now() + RECEIVES_MS;
    while ((await this.replicaStatus())?.receiving) {
      if (this.clock.now() > end) throw new Error('it does not stop receiving');
      await sleep(this.clock, 10);
    }
  }

  /** The semi-sync figures of a source, without their common start: `clients`, `yes_tx`, `wait_sessions`, `status`. */
  public async semiSync(): Promise<Readonly<Record<string, string>>> {
    const start = 'Rpl_semi_sync_source_';
    const rows = await this.query(`SHOW GLOBAL STATUS LIKE '${start}%'`);
    return Object.fromEntries(
      rows.map((row) => [(row['Variable_name'] ?? '').slice(start.length), row['Value'] ?? '']),
    );
  }

  /** The password that it connects to its source with. */
  public async sourcePassword(): Promise<string | undefined> {
    const [row] = await this.query(
      "SELECT User_password AS password FROM mysql.slave_master_info WHERE Channel_name = ''",
    );
    return row?.['password'] ?? undefined;
  }

  /** The `server_uuid` of those that replicate from it. */
  public async replicas(): Promise<string[]> {
    return (await this.query('SHOW REPLICAS')).map((row) => row['Replica_UUID'] ?? '');
  }

  public close(): void {
    void this.client?.then((client) => client.close()).catch(() => undefined);
    this.client = undefined;
  }
}

/** Whether it is the password that a server refused. */
export function isDenied(error: unknown): boolean {
  return error instanceof MySqlError && error.code === ACCESS_DENIED;
}

/** What verifies a server by the authority in this file; without one, a connection is encrypted to whomever. */
export function authority(file: string | undefined, files: Files = disk): { readonly ca?: string } {
  if (file === undefined) return {};
  const ca = files.read(file);
  if (ca === undefined) throw new Error(`there is no file ${file} with the authority of the servers' certificates`);
  return { ca };
}

/** As a literal of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A statement may have the hash of a password in it. */
function withoutStatement(error: string): string {
  return error.replace(/ Query: '.*$/s, '');
}
