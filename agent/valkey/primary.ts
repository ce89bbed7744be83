import type { Clock } from '../clock';
import { sleep } from '../clock';
import type { Agent } from '../engine';
import type { Log } from '../log';
import { HELD } from './gate';
import type { Gate } from './gate';
import { Progress, followed } from './progress';
import { UNNAMED } from './rules';
import type { Standing, ValkeyServer } from './server';

/** How long the replica may not have what the primary had then. */
export const PATIENCE_MS = 1_500;
/** How long a replica that each write requires may be silent, before writes are refused until it is heard again. */
export const HOLD_MS = 500;
/** How often such a replica is asked, without waiting for the answer before. */
const WATCH_MS = 100;
/** How long a planned stop waits for the replica. */
const FINISH_MS = 800;
/** How often the replica is asked while something waits for it. */
const ASK_MS = 20;

/**
 * What a primary does while it is one. It says in the Lease which replica may take over, and takes that back before it takes writes
 * without one. Each round asserts the whole of it, whatever came of the round before.
 */
export class PrimaryDuties {
  /** The run of the replica that the Lease names. */
  private replica: string | undefined;
  /** Whether writes go on without a replica: the Lease has said so before. */
  private alone = false;
  private full = false;
  private ended = true;
  /** Whether writes are refused as the replica is silent. */
  private holds = false;
  private term = '';
  private readonly progress = new Progress();

  public constructor(
    private readonly server: ValkeyServer,
    private readonly other: ValkeyServer,
    private readonly gate: Gate,
    private readonly agent: Agent,
    private readonly goesOn: boolean,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    if (!goesOn) this.watch();
  }

  /** Begins with no replica, as the Lease says by now. Returns how many replicas a write needs. */
  public begin(term: number): number {
    this.replica = undefined;
    this.alone = this.goesOn;
    this.full = this.ended = this.holds = false;
    this.term = String(term);
    this.progress.begin(this.clock.now());
    return this.needed;
  }

  private get needed(): number {
    if (this.full) return HELD;
    if (this.alone) return 0;
    return this.replica === undefined || this.isSilent ? HELD : 1;
  }

  /** Whether the replica may lack more than so much of what was acknowledged: each write requires it then. */
  private get isSilent(): boolean {
    return !this.goesOn && this.progress.silence(this.clock.now()) > HOLD_MS;
  }

  private watch(): void {
    if (!this.ended && this.replica !== undefined) {
      this.probe().catch(() => undefined);
      if (this.isSilent && !this.holds) this.hold();
    }
    this.clock.after(WATCH_MS, () => this.watch());
  }

  /** Asks the replica how far it is. */
  private async probe(): Promise<void> {
    const now = this.clock.now();
    const own = await this.server.standing();
    this.progress.mark(now, own.offset);
    const offset = followed(own, await this.other.standing());
    if (offset !== undefined) this.progress.confirm(offset);
  }

  private hold(): void {
    this.holds = true;
    this.log('refuses writes until the replica is heard again', { replica: this.replica });
    // A round gives the order again, whatever came of this one.
    this.limit(HELD).catch(() => undefined);
  }

  /** It is not the primary any more: what a round has begun changes nothing. */
  public end(): void {
    this.ended = true;
  }

  /** One round. Whatever it throws, no write was taken that the Lease does not tell of. */
  public async look(id: string, full: boolean): Promise<void> {
    this.full = full;
    const now = this.clock.now();
    const own = await this.server.standing();
    if (!own.leads) throw new Error('it does not lead, though it was told to');
    this.progress.mark(now, own.offset);
    await this.tidyLease(id);
    await this.seeToReplica(own);
    this.holds = this.isSilent;
    await this.limit(this.needed);
  }

  /**
   * Before a planned stop: refuses writes, and waits until the replica has everything. One that does not get there is taken out of the
   * Lease: this server then leads again.
   */
  public async finish(): Promise<void> {
    this.end();
    await this.gate.limit(HELD);
    if (this.replica === undefined) return;
    const own = await this.server.standing();
    if (await this.reaches(own, FINISH_MS, this.replica)) return;
    this.replica = undefined;
    await this.agent.publish(UNNAMED);
    this.log('its replica lacks something, and may not take over');
  }

  private async limit(replicas: number): Promise<void> {
    if (this.ended) throw new Error('it is not the primary any more');
    await this.gate.limit(replicas);
  }

  /** What the Lease has to say while this server works: who leads, no other replica, and nothing of a person's. */
  private async tidyLease(id: string): Promise<void> {
    const { primary, replica, force } = this.agent.facts();
    if (replica !== undefined && replica !== this.replica) {
      await this.limit(HELD);
      await this.agent.publish(UNNAMED);
    }
    // The Lease was deleted, or written by someone else.
    if (primary !== id) await this.agent.publish({ primary: id, former: undefined, term: this.term });
    if (force === undefined) return;
    await this.agent.publish({ force: undefined });
    this.agent.event('Warning', 'ValkeyForceRemoved', `took force=${force} out of the lease, as ${id} works`);
  }

  private async seeToReplica(own: Standing): Promise<void> {
    // It would be waited for when it is gone.
    if (this.goesOn && this.agent.otherLeaves()) return this.goOnAlone('it is about to stop');
    const there = await this.other.standing().catch(() => undefined);
    const offset = followed(own, there);
    if (offset !== undefined) this.progress.confirm(offset);
    const named = this.replica !== undefined;
    // What the Lease says counts: a write whose answer got lost may have been done.
    if (named && (there?.run ?? this.replica) !== this.replica) return this.goOnAlone('it was started again');
    if (this.progress.silence(this.clock.now()) > PATIENCE_MS)
      return this.goOnAlone(offset === undefined ? 'it does not follow' : 'it is behind');
    if (named || this.full || !there?.logged || offset === undefined) return;
    await this.name(there.run);
  }

  /** Takes the replica out of the Lease; writes go on without it, or wait until it is back. */
  private async goOnAlone(why: string): Promise<void> {
    if (this.alone || (!this.goesOn && this.replica === undefined)) return;
    const named = this.replica;
    this.replica = undefined;
    // No write is taken that the replica lacks while the Lease still names it.
    await this.limit(HELD);
    await this.agent.publish(UNNAMED);
    this.alone = this.goesOn;
    const what = this.goesOn ? 'writes go on without a replica' : 'no write is taken without a replica';
    this.log(what, { replica: named, why });
    this.agent.event('Warning', 'ValkeyWithoutReplica', `${what}: ${why}`);
  }

  /** Names a replica that has everything. From before it is asked, no write is taken without it. */
  private async name(run: string): Promise<void> {
    await this.limit(this.alone ? 1 : HELD);
    this.alone = false;
    const own = await this.server.standing();
    if (!(await this.reaches(own, PATIENCE_MS, run)))
      return this.goOnAlone('it went while it was asked for what it has');
    await this.agent.publish({ replica: run, former: undefined });
    this.replica = run;
    this.progress.begin(this.clock.now());
    this.log('has a replica', { replica: run });
    this.agent.event('Normal', 'ValkeyReplicaComplete', 'its replica has everything, and may take over');
  }

  /** Whether this run of the replica gets as far as that within so long. */
  private async reaches(own: Standing, withinMs: number, run: string): Promise<boolean> {
    for (const end = this.clock.now() + withinMs; this.clock.now() < end; await sleep(this.clock, ASK_MS)) {
      const there = await this.other.standing().catch(() => undefined);
      if (there && there.run !== run) return false;
      if ((followed(own, there) ?? -1) >= own.offset) return true;
    }
    return false;
  }
}
