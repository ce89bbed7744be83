import type { Clock } from '../clock';
import { sleep } from '../clock';
import { refusesWrites } from './globals';
import type { MySqlServer } from './server';

const STATEMENT = 'SET GLOBAL super_read_only = ON';
/** How long a round waits for it. */
const ROUND_MS = 1_000;
/** How long the statement may wait for commits, and for the rollback of a large statement. */
const LONG_MS = 24 * 3600 * 1000;

/**
 * Makes a primary refuse writes for a while. The statement waits for commits and for statements that roll back, and goes on
 * waiting when its client is gone (MySQL 9.7.4): so one at a time is under way, and it is killed when it is not wanted any more.
 */
export class Closing {
  private pending: Promise<void> | undefined;

  public constructor(
    private readonly server: MySqlServer,
    /** A connection for what may wait. */
    private readonly patient: MySqlServer,
    private readonly clock: Clock,
  ) {}

  /** Whether the server refuses writes by now. */
  public async refuse(): Promise<boolean> {
    if (!this.pending) {
      if (await refusesWrites(this.server)) return true;
      const statement = this.patient.query(STATEMENT, LONG_MS).then(() => undefined);
      const over = () => {
        if (this.pending === statement) this.pending = undefined;
      };
      statement.then(over, over);
      this.pending = statement;
    }
    const done = this.pending.then(() => true);
    return Promise.race([done, sleep(this.clock, ROUND_MS).then(() => false)]);
  }

  /** Takes it back. */
  public async cancel(): Promise<void> {
    if (!this.pending) return;
    const list = `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE INFO = '${STATEMENT}'`;
    for (const { id } of await this.server.query(list)) await this.server.query(`KILL ${id}`).catch(() => undefined);
    await this.pending?.catch(() => undefined);
  }
}
