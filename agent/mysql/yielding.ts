import type { Log } from '../log';
import type { Closing } from './closing';
import { assertGlobals, refusesWrites } from './globals';
import type { MySqlServer } from './server';

/** How long it goes on refusing after the replica was last heard to take its copy: it may be about to try again. */
const LINGERS_MS = 1_500;

/**
 * A copy of all data is complete only where no commit is on its way, and where writes are to wait for a replica, they are on
 * their way until it has its copy. So they are refused until then. Those that wait are in the copy; nobody is told that they
 * were done, as the connections of all clients end first.
 */
export class Yielding {
  private yields = false;
  private neededAt = 0;

  public constructor(
    private readonly server: MySqlServer,
    private readonly closing: Closing,
    private readonly now: () => number,
    private readonly log: Log,
  ) {}

  public get active(): boolean {
    return this.yields;
  }

  public begin(): void {
    this.yields = false;
  }

  /** Whether it is to refuse writes, for a replica that takes a copy, or did a moment ago. */
  public isNeeded(takesCopy: boolean): boolean {
    if (takesCopy) this.neededAt = this.now();
    if (takesCopy && !this.yields) {
      this.yields = true;
      this.log('takes no writes while its replica takes a copy');
    }
    if (this.yields && this.now() - this.neededAt > LINGERS_MS) this.yields = false;
    return this.yields;
  }

  /** One round; whether the replica may take its copy. Each asserts all of it, as the one before may have failed halfway. */
  public async look(): Promise<boolean> {
    if (!(await refusesWrites(this.server))) {
      await assertGlobals(this.server, { offline_mode: 'ON' });
      await this.endClients();
      await assertGlobals(this.server, { rpl_semi_sync_source_enabled: 'OFF' });
      if (!(await this.closing.refuse())) return false;
    }
    await assertGlobals(this.server, { rpl_semi_sync_source_enabled: 'ON', offline_mode: 'OFF' });
    return true;
  }

  /** Offline mode leaves administrators connected; a commit of theirs would be acknowledged as well. */
  private async endClients(): Promise<void> {
    const clients = await this.server.query(
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER NOT IN ('agent', 'replication', 'system user', 'event_scheduler')",
    );
    for (const { id } of clients) await this.server.query(`KILL ${id}`).catch(() => undefined);
  }
}
