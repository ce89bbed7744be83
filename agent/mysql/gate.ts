import type { Clock } from '../clock';
import { sleep } from '../clock';
import type { Log } from '../log';
import { told } from '../log';
import type { MysqldFence } from './fence';
import { refusesWrites } from './globals';
import type { MySqlServer } from './server';

/** How long it waits before it asks again over a new connection, in milliseconds. */
const AGAIN_MS = 20;

/**
 * Opens this server for writes and closes it. The file that lets mysqld be told to stop is there only while it is closed: it is
 * made after the server refuses writes, and taken away before the first statement that opens it.
 */
export class Gate {
  /** Counts the changes: what comes of an earlier one does not count any more. */
  private change = 0;
  /** Whether a statement that opens may still be carried out. */
  private opening = false;

  public constructor(
    private readonly server: MySqlServer,
    private readonly fence: MysqldFence,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Whether it refuses writes, which is then known to what would tell mysqld to stop. */
  public async isClosed(): Promise<boolean> {
    const { change } = this;
    const closed = await refusesWrites(this.server);
    if (closed && change === this.change) this.fence.refuses();
    return closed;
  }

  /** Lets clients write. The server has to be closed. */
  public async open(): Promise<void> {
    this.change++;
    this.fence.opens();
    this.opening = true;
    for (const variable of ['super_read_only', 'read_only', 'offline_mode'])
      await this.server.query(`SET GLOBAL ${variable} = OFF`);
    this.opening = false;
  }

  /**
   * Refuses writes, or ends mysqld where that takes too long: commits that wait for a replica would keep it from becoming
   * read-only. Offline first: that closes the connections of its clients, so whatever becomes of these commits, no client
   * takes one for done. (Measured on 9.7.4: none of 8 waiting commits were acknowledged; they went on waiting.)
   */
  public async close(withinMs: number, quiet: Promise<boolean> = Promise.resolve(true)): Promise<void> {
    const change = ++this.change;
    this.fence.mayTakeWrites();
    const late = sleep(this.clock, withinMs).then(() => 'late' as const);
    const outcome = await Promise.race([this.refuse(change, quiet), late]);
    if (outcome === 'refuses' || outcome === 'gone') {
      this.opening = false;
      this.fence.release();
      // One that is gone starts read-only, and is looked at then.
      if (outcome === 'refuses' && change === this.change) this.fence.refuses();
    } else {
      this.log('ends mysqld', { why: outcome === 'late' ? `it did not refuse writes within ${withinMs} ms` : outcome });
      this.change++;
      this.opening = false;
      this.fence.kill();
    }
  }

  private async refuse(change: number, quiet: Promise<boolean>): Promise<string> {
    if (this.opening || !(await quiet)) return this.unlessGone('a statement that lets clients write may still come');
    for (;;) {
      try {
        await this.server.query('SET GLOBAL offline_mode = ON');
        await this.server.query('SET GLOBAL super_read_only = ON');
        return (await refusesWrites(this.server)) ? 'refuses' : 'it takes writes though it was told not to';
      } catch (error) {
        if (isGone(error)) return 'gone';
        if (change !== this.change || !isCut(error)) return told(error);
      }
      await sleep(this.clock, AGAIN_MS);
    }
  }

  private unlessGone(reason: string): Promise<string> {
    return this.server.query('DO 1').then(
      () => reason,
      (error: unknown) => (isGone(error) ? 'gone' : reason),
    );
  }
}

/** Whether nobody listens at the server's socket: a mysqld that ended refuses everything, and starts read-only. */
export function isGone(error: unknown): boolean {
  return /ECONNREFUSED|ENOENT/.test(told(error));
}

/** Whether the connection ended, which is no answer to what was asked. */
function isCut(error: unknown): boolean {
  return /closed the connection|ECONNRESET|EPIPE/.test(told(error));
}
