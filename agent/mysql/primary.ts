import type { Clock } from '../clock';
import { monotonicClock, sleep } from '../clock';
import type { Agent } from '../engine';
import type { Log } from '../log';
import { readNote } from './rules';
import type { MySqlServer } from './server';

/** How long commits may wait for a replica that does not answer, before they go on without it. */
const PATIENCE_MS = 1_500;
/** In milliseconds: how long a commit waits while the pair is known to have no replica. */
const ALONE_TIMEOUT_MS = 10;
/** No commit is let through: the largest that MySQL knows, 49 days. */
const FOR_EVER_MS = 4_294_967_295;

/**
 * What a primary does while it is one: it says in the Lease which replica has everything, and takes that back before any
 * commit is let through without one.
 */
export class PrimaryDuties {
  private replica: string | undefined;
  private alone = false;
  /** Whether the table of the mark is there. */
  private marked = false;
  private progress = { transactions: '', since: 0 };
  private presentSince = 0;
  private yields = false;
  private neededAt = 0;

  public constructor(
    private readonly server: MySqlServer,
    private readonly marker: MySqlServer,
    /** The other server, as it is seen from here. */
    private readonly other: MySqlServer,
    private readonly agent: Agent,
    private readonly goesOn: boolean,
    private readonly now: () => number,
    private readonly log: Log,
    private readonly clock: Clock = monotonicClock,
  ) {}

  public get certified(): boolean {
    return this.replica !== undefined;
  }

  /** Whether it takes no writes, for the time in which its replica takes a copy of all data. */
  public get givesWay(): boolean {
    return this.yields;
  }

  /** Begins with no replica, as the Lease says by now: alone, where it may be. */
  public async begin(): Promise<void> {
    this.replica = undefined;
    this.marked = this.yields = false;
    this.alone = this.goesOn;
    this.progress = { transactions: '', since: this.now() };
    this.presentSince = this.now();
    await this.server.query(`SET GLOBAL rpl_semi_sync_source_timeout = ${this.alone ? ALONE_TIMEOUT_MS : FOR_EVER_MS}`);
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = ON');
  }

  /** One round. Whatever it throws, nothing was let through that the Lease does not tell of. */
  public async look(): Promise<void> {
    if (await this.giveWay()) return;
    const figures = await this.server.semiSync();
    const [uuid] = await this.server.replicas();
    const waits = figures['wait_sessions'] !== '0' && figures['wait_sessions'] !== undefined;
    const { transactions } = this.progress;
    if (!waits || figures['yes_tx'] !== transactions)
      this.progress = { transactions: figures['yes_tx'] ?? '', since: this.now() };
    const connected = uuid !== undefined && figures['clients'] !== '0';
    if (connected) this.presentSince = this.now();
    // It would be waited for when it is gone.
    if (this.goesOn && this.agent.otherLeaves()) return this.goOnAlone('it is about to stop');
    const stuck = this.now() - this.progress.since > PATIENCE_MS;
    const gone = this.now() - this.presentSince > PATIENCE_MS;
    if (stuck || gone) await this.goOnAlone(stuck ? 'it does not acknowledge' : 'it is not connected');
    else if (!connected || this.isNamed(uuid)) return;
    else if (figures['status'] === 'ON') await this.certify(uuid);
    else await this.invite();
  }

  /**
   * A copy of all data is complete only where no commit is on its way, and where writes are to wait for a replica, they are on
   * their way until it has its copy. So they are refused until then. Those that wait are in the copy; nobody is told that they
   * were done, as the connections of all clients end first.
   */
  private async giveWay(): Promise<boolean> {
    const needed = !this.goesOn && readNote(this.agent.noteOfOther()).clones;
    if (needed) this.neededAt = this.now();
    if (needed && !this.yields) {
      this.yields = true;
      this.log('takes no writes while its replica takes a copy');
      await this.set({ offline_mode: 'ON', rpl_semi_sync_source_enabled: 'OFF', super_read_only: 'ON' });
      await this.set({ rpl_semi_sync_source_enabled: 'ON', offline_mode: 'OFF' });
    } else if (this.yields && this.now() - this.neededAt > PATIENCE_MS) {
      await this.set({ super_read_only: 'OFF', read_only: 'OFF' });
      this.yields = false;
    }
    return this.yields;
  }

  private async set(variables: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(variables)) await this.marker.query(`SET GLOBAL ${name} = ${value}`);
  }

  /** What the Lease says counts: a write whose answer got lost may have been done. */
  private isNamed(uuid: string): boolean {
    const { replica, boot } = this.agent.facts();
    return uuid === this.replica && replica === uuid && boot === (readNote(this.agent.noteOfOther()).boot ?? boot);
  }

  /**
   * Without a commit to send, semi-sync does not notice that the replica has caught up; and a commit that waits for less than
   * a replica needs to answer would turn it off again.
   */
  private async invite(): Promise<void> {
    if (this.alone) await this.server.query(`SET GLOBAL rpl_semi_sync_source_timeout = ${PATIENCE_MS}`);
    await this.mark();
  }

  private async goOnAlone(why: string): Promise<void> {
    if (!this.goesOn || this.alone) return;
    this.replica = undefined;
    // First the Lease: once it says so, no one promotes the replica that will lack what follows.
    await this.agent.publish({ replica: undefined, boot: undefined });
    this.alone = true;
    this.log('goes on without a replica', { why });
    this.agent.event('Warning', 'MySQLWithoutReplica', `writes go on without a replica: ${why}`);
    await this.server.query(`SET GLOBAL rpl_semi_sync_source_timeout = ${ALONE_TIMEOUT_MS}`);
    // Lets those through that wait already; when a replica has caught up, semi-sync is on again by itself.
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = ON');
  }

  /**
   * Commits a mark: when the replica has acknowledged it, it has been sent all that came before, as a log is sent in order.
   * From the first line on no commit is let through without a replica, so it has all that comes after, too. That it kept all of
   * it is asked of the replica itself.
   */
  private async certify(uuid: string): Promise<void> {
    await this.server.query(`SET GLOBAL rpl_semi_sync_source_timeout = ${FOR_EVER_MS}`);
    if (this.alone) {
      this.alone = false;
      this.progress = { transactions: '', since: this.now() };
      // One that began to wait before that has given up by now, and is in the log before the mark.
      if (!(await this.stays(uuid, PATIENCE_MS * 1.2)))
        return this.goOnAlone('it went while it was asked for what it has');
    }
    const { boot } = readNote(this.agent.noteOfOther());
    if (boot === undefined) throw new Error('the agent of the replica was not heard of');
    const before = await this.server.semiSync();
    await this.mark();
    const after = await this.server.semiSync();
    const [still] = await this.server.replicas();
    if (still !== uuid || after['status'] !== 'ON' || after['no_tx'] !== before['no_tx'])
      throw new Error('the replica changed while it was asked for what it has');
    await this.hasAll(uuid, (await this.server.describe()).executed);
    // What a former primary had beyond this one's was given up by now, or never will be without being asked.
    await this.agent.publish({ replica: uuid, boot, former: undefined });
    this.replica = uuid;
    this.log('has a replica', { replica: uuid });
    this.agent.event('Normal', 'MySQLReplicaComplete', `the replica ${uuid} has every transaction, and may take over`);
  }

  private async stays(uuid: string, ms: number): Promise<boolean> {
    for (const end = this.clock.now() + ms; this.clock.now() < end;) {
      await sleep(this.clock, 100);
      const [still] = await this.server.replicas();
      if (still !== uuid || (await this.server.semiSync())['clients'] === '0') return false;
    }
    return true;
  }

  private async hasAll(uuid: string, executed: string): Promise<void> {
    const end = this.now() + PATIENCE_MS;
    for (;;) {
      const there = await this.other.describe();
      if (there.uuid !== uuid) throw new Error('another server answers in place of the replica');
      const received = (await this.other.replicaStatus())?.retrieved ?? '';
      const missing = await this.server.subtract(await this.server.subtract(executed, there.executed), received);
      if (missing === '') return;
      if (this.now() > end) throw new Error(`the replica lacks ${missing}`);
      await sleep(this.clock, 50);
    }
  }

  private async mark(): Promise<void> {
    if (!this.marked) {
      await this.marker.query('CREATE DATABASE IF NOT EXISTS slices', PATIENCE_MS);
      await this.marker.query(
        'CREATE TABLE IF NOT EXISTS slices.mark (id INT PRIMARY KEY, marked DATETIME(6))',
        PATIENCE_MS,
      );
    }
    this.marked = true;
    await this.marker.query('REPLACE INTO slices.mark VALUES (1, NOW(6))', PATIENCE_MS);
  }
}
