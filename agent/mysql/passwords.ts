import type { AccountConfig } from '../../contract/engine-config';
import type { Agent } from '../engine';
import type { Log } from '../log';
import { passwordsIn } from '../mounted-secret';
import type { Passwords } from '../mounted-secret';
import type { Files } from '../files';
import { disk } from '../files';
import { MySqlServer, isDenied, quoted } from './server';

/** How often the files are read. The kubelet takes up to two minutes to write what changed. */
const EVERY_MS = 5_000;

/**
 * Gives each account the password that its Secret says, without a client that is refused: the one before stays
 * good beside the new one for as long as the Secret has it. Outside the binary log, on each server by its own agent, as a
 * server does the same when it starts.
 */
export class PasswordDuties {
  private readonly applied = new Map<string, Passwords>();
  private next = 0;

  public constructor(
    private readonly accounts: readonly AccountConfig[],
    /** A connection of its own: it leaves the binary log out. */
    private readonly server: MySqlServer,
    /** Whether an account can log in with this password. */
    private readonly works: (user: string, password: string) => Promise<boolean>,
    private readonly agent: Agent,
    private readonly now: () => number,
    private readonly log: Log,
    private readonly files: Files = disk,
  ) {}

  /** One look. Where the server is a replica it may not be written to by clients for the while: `read_only` stays. */
  public async look(replica: boolean): Promise<void> {
    if (this.now() < this.next) return;
    this.next = this.now() + EVERY_MS;
    for (const account of this.accounts) {
      const passwords = passwordsIn(account.folder, (path) => this.files.read(path));
      const last = this.applied.get(account.user);
      if (!passwords || (last?.now === passwords.now && last.before === passwords.before)) continue;
      const statements = await this.statements(account, passwords);
      if (statements.length > 0) await this.alter(account.user, statements, replica);
      this.applied.set(account.user, passwords);
    }
  }

  private async statements({ user, host = '%' }: AccountConfig, { now, before }: Passwords): Promise<string[]> {
    const name = `${quoted(user)}@${quoted(host)}`;
    if (!(await this.works(user, now)))
      return [`ALTER USER ${name} IDENTIFIED BY ${quoted(now)} RETAIN CURRENT PASSWORD`];
    const settled = before === undefined && (await this.hasTwo(user, host));
    return settled ? [`ALTER USER ${name} DISCARD OLD PASSWORD`] : [];
  }

  private async hasTwo(user: string, host: string): Promise<boolean> {
    const two = "JSON_EXTRACT(User_attributes, '$.additional_password') IS NOT NULL";
    const rows = await this.server.query(
      `SELECT 1 FROM mysql.user WHERE user = ${quoted(user)} AND host = ${quoted(host)} AND ${two}`,
    );
    return rows.length > 0;
  }

  private async alter(user: string, statements: string[], replica: boolean): Promise<void> {
    await this.server.query('SET SESSION sql_log_bin = 0');
    if (replica) await this.server.query('SET GLOBAL super_read_only = OFF');
    try {
      for (const statement of statements) await this.server.query(statement);
    } finally {
      if (replica) await this.server.query('SET GLOBAL super_read_only = ON');
    }
    const discards = statements.some((each) => each.endsWith('DISCARD OLD PASSWORD'));
    const what = discards ? 'only its new password' : 'a new password beside the one before';
    this.log('password changed', { user, what });
    this.agent.event('Normal', 'MySQLPassword', `the account ${user} has ${what}`);
  }
}

/** Whether a server lets an account in; rejects where it does not say. */
export async function logsIn(server: MySqlServer): Promise<boolean> {
  try {
    await server.query('DO 1');
    return true;
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  } finally {
    server.close();
  }
}
