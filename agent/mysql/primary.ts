import type { Clock } from '../clock';
import { monotonicClock, sleep } from '../clock';
import type { Agent } from '../engine';
import type { Log } from '../log';
import { told } from '../log';
import { Closing } from './closing';
import { Giving } from './giving';
import { assertGlobals } from './globals';
import { inTurn } from './in-turn';
import { Naming, PATIENCE_MS, Unfit } from './naming';
import { readNote } from './note';
import type { Request } from './note';
import { ANSWERED, UNNAMED } from './rules';
import type { MySqlServer } from './server';
import { Yielding } from './yielding';

/** In milliseconds: how long a commit waits while the pair is known to have no replica. */
const ALONE_TIMEOUT_MS = 10;
/** How long it waits before it asks a replica again that lacked something, in milliseconds. */
const AGAIN_MS = 5_000;
/** How long two may replicate before the connections of both are ended, in milliseconds. */
const TWO_MS = 20_000;
/** No commit is let through: the largest that MySQL knows, 49 days. */
const FOR_EVER_MS = 4_294_967_295;

/**
 * What a primary does while it is one: it says in the Lease which replica has everything, and takes that back before any
 * commit is let through without one. Each round asserts the whole of what the server and the Lease are to say, whatever came of
 * the round before.
 */
export class PrimaryDuties {
  private uuid = '';
  private term = '';
  private replica: string | undefined;
  private alone = false;
  /** How long commits wait for a replica. */
  private timeoutMs = FOR_EVER_MS;
  private progress = { transactions: '', since: 0 };
  private presentSince = 0;
  /** When it last had one replica or none. */
  private singleAt = 0;
  /** When a replica that was not fit is asked again. */
  private nameAt = 0;
  private ended = true;
  private full = false;
  /** What is being said to the server about taking writes, and whether all of it was answered. */
  private opening: Promise<boolean> = Promise.resolve(true);
  private readonly naming: Naming;
  private readonly closing: Closing;
  private readonly yielding: Yielding;
  private readonly giving: Giving;

  public constructor(
    private readonly server: MySqlServer,
    marker: MySqlServer,
    other: MySqlServer,
    private readonly agent: Agent,
    private readonly goesOn: boolean,
    private readonly now: () => number,
    private readonly log: Log,
    private readonly clock: Clock = monotonicClock,
  ) {
    this.naming = new Naming(server, marker, other, agent, now, clock);
    this.closing = new Closing(server, marker, clock);
    this.yielding = new Yielding(server, this.closing, now, log);
    this.giving = new Giving(server, agent, now, log);
  }

  /** Whether it takes no writes, for the time in which its replica takes a copy of all data. */
  public get givesWay(): boolean {
    return this.yielding.active;
  }

  public get takesWrites(): boolean {
    return !this.full && !this.givesWay;
  }

  /** Whether a commit is done without delay: the pair has a replica that acknowledges it, or goes on alone. */
  public get commits(): boolean {
    return this.takesWrites && (this.alone || this.replica !== undefined);
  }

  /** Begins with no replica, as the Lease says by now: alone, where it may be. */
  public async begin(term = ''): Promise<void> {
    this.term = term;
    this.replica = undefined;
    this.ended = this.full = false;
    this.alone = this.goesOn;
    this.progress = { transactions: '', since: this.now() };
    this.presentSince = this.singleAt = this.now();
    this.nameAt = 0;
    for (const each of [this.naming, this.yielding, this.giving]) each.begin();
    this.timeoutMs = this.alone ? ALONE_TIMEOUT_MS : FOR_EVER_MS;
    await assertGlobals(this.server, this.semiSync());
  }

  /** Lets nothing begin any more that opens the server. Whether nothing that was begun can still come about. */
  public end(): Promise<boolean> {
    this.ended = true;
    const { opening } = this;
    this.opening = Promise.resolve(true);
    return opening;
  }

  /** One round. Whatever it throws, nothing was let through that the Lease does not tell of. */
  public async look(full = false): Promise<void> {
    this.full = full;
    const { uuid, executed } = await this.server.describe();
    this.uuid = uuid;
    this.naming.remember(executed);
    const { asks } = readNote(this.agent.noteOfOther());
    await inTurn([() => this.disown(), () => this.seeToAll(asks), () => this.tidyLease(asks)]);
  }

  private async seeToAll(asks: Request | undefined): Promise<void> {
    const gives = asks && (await this.allows(asks)) ? asks : undefined;
    if (this.yielding.isNeeded(!this.goesOn && gives?.to === 'clones')) {
      if ((await this.yielding.look()) && gives) {
        this.replica = undefined;
        await this.giving.give(gives);
      }
      return;
    }
    await this.assertOpen();
    // A replica that is about to give up data does not count, whether it may or not.
    if (asks) this.replica = undefined;
    await this.seeToReplica(asks !== undefined);
    if (!gives) return;
    await this.goOnAlone('it is about to give up data of its own');
    await this.giving.give(gives);
  }

  private allows(asks: Request): Promise<boolean> {
    return this.giving.allows(asks).catch((error: unknown) => {
      this.log('cannot tell whether its replica may take a copy', { error: told(error) });
      return false;
    });
  }

  /** Without a replica that has everything, a Lease that names one would have it promoted. */
  private async disown(): Promise<void> {
    const named = this.agent.facts()['replica'];
    if (named === undefined || named === this.replica) {
      if (this.alone && this.timeoutMs === FOR_EVER_MS) this.timeoutMs = ALONE_TIMEOUT_MS;
      return;
    }
    await this.wait(FOR_EVER_MS);
    await this.agent.publish(UNNAMED);
  }

  private semiSync() {
    return { rpl_semi_sync_source_timeout: this.timeoutMs, rpl_semi_sync_source_enabled: 'ON' } as const;
  }

  private async wait(timeoutMs: number): Promise<void> {
    this.timeoutMs = timeoutMs;
    await assertGlobals(this.server, { rpl_semi_sync_source_timeout: timeoutMs });
  }

  /** Semi-sync first: a mysqld that was started again has it off. */
  private async assertOpen(): Promise<void> {
    await assertGlobals(this.server, this.semiSync());
    if (this.full) {
      await this.closing.refuse();
      return this.open({ offline_mode: 'OFF' });
    }
    await this.closing.cancel();
    await this.open({ super_read_only: 'OFF', read_only: 'OFF', offline_mode: 'OFF' });
  }

  private async open(variables: Readonly<Record<string, 'OFF'>>): Promise<void> {
    if (this.ended) throw new Error('it is not the primary any more');
    const said = assertGlobals(this.server, variables, () => !this.ended);
    this.opening = said.then(
      () => true,
      (error: unknown) => !told(error).startsWith('no answer within'),
    );
    await said;
  }

  private async seeToReplica(asks: boolean): Promise<void> {
    const figures = await this.server.semiSync();
    const uuids = [...new Set(await this.server.replicas())];
    const waits = figures['wait_sessions'] !== '0' && figures['wait_sessions'] !== undefined;
    if (!waits || figures['yes_tx'] !== this.progress.transactions)
      this.progress = { transactions: figures['yes_tx'] ?? '', since: this.now() };
    const [uuid] = uuids;
    const connected = uuid !== undefined && figures['clients'] !== '0';
    if (connected) this.presentSince = this.now();
    // It would be waited for when it is gone.
    if (this.goesOn && this.agent.otherLeaves()) return this.goOnAlone('it is about to stop');
    const stuck = this.now() - this.progress.since > PATIENCE_MS;
    const gone = this.now() - this.presentSince > PATIENCE_MS;
    if (stuck && connected && !this.goesOn && !this.full) await this.naming.nudge();
    if (stuck || gone) return this.goOnAlone(stuck ? 'it does not acknowledge' : 'it is not connected');
    if (uuids.length < 2) this.singleAt = this.now();
    else if (this.now() - this.singleAt > TWO_MS) {
      this.singleAt = this.now();
      await this.naming.endDumps();
    }
    if (uuids.length > 1) return this.unname(`${uuids.join(' and ')} both replicate, and either may have acknowledged`);
    if (!connected || asks) return;
    // A server with a new volume acknowledges commits; the one that the Lease names never will have them.
    if (this.replica !== undefined && uuid !== this.replica) await this.unname(`${uuid} replicates in its place`);
    if (this.isNamed(uuid)) return this.audit(uuid);
    // A server that takes no writes takes no mark.
    if (this.full || this.now() < this.nameAt) return;
    if (figures['status'] === 'ON') await this.certify(uuid);
    else await this.invite();
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
    if (this.alone) await this.wait(PATIENCE_MS);
    await this.naming.mark();
  }

  private async goOnAlone(why: string): Promise<void> {
    if (!this.goesOn || this.alone) return;
    this.replica = undefined;
    // First the Lease: once it says so, no one promotes the replica that will lack what follows.
    await this.agent.publish(UNNAMED);
    this.alone = true;
    this.log('goes on without a replica', { why });
    this.agent.event('Warning', 'MySQLWithoutReplica', `writes go on without a replica: ${why}`);
    await this.wait(ALONE_TIMEOUT_MS);
    // Lets those through that wait already; when a replica has caught up, semi-sync is on again by itself.
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
    await this.server.query('SET GLOBAL rpl_semi_sync_source_enabled = ON');
  }

  /** The replica is not to take over any more; commits go on to wait for it. */
  private async unname(why: string): Promise<void> {
    if (this.replica === undefined) return;
    this.replica = undefined;
    await this.agent.publish(UNNAMED);
    this.log('has no replica that may take over', { why });
    this.agent.event('Warning', 'MySQLReplicaUnfit', `no replica may take over: ${why}`);
  }

  private async audit(uuid: string): Promise<void> {
    try {
      await this.naming.audit(uuid);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      await this.unname(error.message);
    }
  }

  private async certify(uuid: string): Promise<void> {
    await this.wait(FOR_EVER_MS);
    if (this.alone) {
      this.alone = false;
      this.progress = { transactions: '', since: this.now() };
      // One that began to wait before that has given up by now, and is in the log before the mark.
      if (!(await this.stays(uuid, PATIENCE_MS * 1.2)))
        return this.goOnAlone('it went while it was asked for what it has');
    }
    try {
      await this.naming.name(uuid);
    } catch (error) {
      if (error instanceof Unfit) this.nameAt = this.now() + AGAIN_MS;
      throw error;
    }
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

  /** What the Lease has to say while this server works: who leads, nothing of a person's, and no answer to what nobody asks. */
  private async tidyLease(asks: Request | undefined): Promise<void> {
    const { primary, force, gives, denies } = this.agent.facts();
    // The Lease was deleted, or written by someone else.
    if (primary !== this.uuid)
      await this.agent.publish({ primary: this.uuid, former: undefined, ...(this.term ? { term: this.term } : {}) });
    if (!asks && (gives !== undefined || denies !== undefined)) await this.agent.publish(ANSWERED);
    if (force === undefined) return;
    await this.agent.publish({ force: undefined });
    this.agent.event('Warning', 'MySQLForceRemoved', `took force=${force} out of the lease, as ${this.uuid} works`);
  }
}
