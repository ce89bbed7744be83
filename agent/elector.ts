import type { Clock } from './clock';
import { jittered, sleep } from './clock';
import { Due } from './due';
import * as leader from './leader';
import type { Answer, Ask, LeaseRecord, State, Timings } from './leader';
import { LeaseWriter } from './lease-writer';
import { Conflict } from './lock';
import type { LeaseStore, Listener, Peers } from './lock';
import { DedupedErrors } from './deduped-errors';
import { LeaseWatch } from './lease-watch';

/** Keeps looking at the Lease and at the clock, and takes, renews and gives up the Lease as `leader.ts` decides. */
export class Elector {
  private state: State;
  private readonly due: Due;
  /** Counts the tenures, so that a late answer is not taken for one to the present. */
  private tenures = 0;
  private readonly writer: LeaseWriter;
  private readonly troubles: DedupedErrors;
  private readonly watching: LeaseWatch;
  private cancelTimer: (() => void) | undefined;
  private stopped = false;

  public constructor(
    identity: string,
    private readonly timings: Timings,
    requireLease: boolean,
    private readonly clock: Clock,
    private readonly store: LeaseStore,
    private readonly peers: Peers,
    private readonly listener: Listener,
    facts: () => Readonly<Record<string, string>>,
  ) {
    this.state = leader.initial(identity, timings);
    this.due = new Due(timings, requireLease);
    this.writer = new LeaseWriter(store, identity, facts);
    this.troubles = new DedupedErrors(listener);
    this.watching = new LeaseWatch(store);
  }

  public start(): void {
    this.tick();
  }

  public stop(): void {
    this.stopped = true;
    this.cancelTimer?.();
    this.watching.end();
  }

  /** By this process's own clock, at this moment: right even in the first instant after the process was stopped. */
  public active(): boolean {
    return leader.active(this.state, this.clock.now());
  }

  public get term(): number | undefined {
    return this.state.tenure?.term;
  }

  public get lease(): LeaseRecord | undefined {
    return this.state.lease;
  }

  /** When the API server last answered, on the clock. */
  public get reachedAt(): number {
    return this.state.reachedAt;
  }

  /** Answers the holder's question. */
  public answer(ask: Ask): Answer {
    const [state, answer] = leader.answer(this.state, ask, this.clock.now());
    this.state = state;
    this.tick();
    return answer;
  }

  /** A higher term is known from elsewhere: the holder raises its own above it. */
  public outranked(term: number): void {
    this.state = leader.outranked(this.state, term);
  }

  /** Tries again at once, as what `willing` depends on has changed. */
  public nudge(): void {
    this.due.retryAt = Number.NEGATIVE_INFINITY;
    this.tick();
  }

  /** Writes facts while this process holds the Lease. */
  public async publish(facts: Readonly<Record<string, string | undefined>>): Promise<void> {
    const term = this.state.tenure?.term;
    const end = this.clock.now() + this.timings.giveUpMs;
    while (this.due.renewing && this.clock.now() < end) await sleep(this.clock, 5);
    if (term === undefined || !this.active() || this.state.tenure?.term !== term)
      throw new Error('this pod does not hold the lease');
    if (!(await this.renew(facts)))
      throw new Error(`failed to publish facts: ${this.troubles.last ?? 'the lease was lost'}`);
  }

  /** Gives the Lease back so that another can have it at once, and does not take it again for `awayMs`. */
  public async release(awayMs: number, facts: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    const { tenure } = this.state;
    this.due.awayUntil = this.clock.now() + awayMs;
    if (!tenure) return;
    this.state = leader.released(this.state);
    for (let tries = 0; tries < 3; tries++) {
      const { lease } = this.state;
      if (lease?.holder !== this.state.me) break;
      try {
        this.see(await this.writer.release(lease, tenure.term, facts));
        break;
      } catch (error) {
        this.troubles.tell('failed to release the lease', error);
        if (error instanceof Conflict) await this.look();
      }
    }
    this.tick();
  }

  /** Does what is due now and sets the timer for what is due next. */
  private tick(): void {
    if (this.stopped) return;
    const now = this.clock.now();
    // 1. Before anything else: did the time run out, perhaps while this process was stopped?
    const { tenure } = this.state;
    if (tenure && now >= tenure.validUntil) this.lose('the lease ran out before it could be renewed');
    if (this.state.tenure) {
      // 2. The holder renews, and asks its peer once a renewal is overdue.
      this.watching.end();
      if (now >= this.due.renewal()) void this.renew();
      if (now >= this.due.question(this.state)) void this.ask(this.state.tenure.term, false);
    } else {
      // 3. Anyone else takes the Lease when it is free, and looks when nothing was heard. The last holder may go on by its
      //    peer's leave where neither hears of the API server.
      const { lease } = this.state;
      if (lease && now >= this.due.question(this.state) && leader.mayAskAgain(this.state, now))
        void this.ask(lease.term, true);
      if (now >= this.due.attempt(this.state)) void this.tryToWin();
      if (now >= this.due.look(this.state, this.watching.isOpen)) void this.look();
    }
    this.cancelTimer?.();
    const due = this.state.tenure
      ? Math.min(this.state.tenure.validUntil, this.due.renewal(), this.due.question(this.state))
      : Math.min(
          this.due.attempt(this.state),
          this.due.look(this.state, this.watching.isOpen),
          leader.mayAskAgain(this.state, now) ? this.due.question(this.state) : Infinity,
        );
    this.cancelTimer = this.clock.after(Math.max(1, Math.min(due, now + this.timings.leaseMs) - now), () =>
      this.tick(),
    );
  }

  /** Takes in what the API server showed, and notices where the Lease was lost by it. */
  private see(lease: LeaseRecord | undefined, askedAt?: number): void {
    const before = this.state;
    if (lease) this.writer.sawLease(lease);
    this.state = leader.seen(before, lease, this.clock.now(), askedAt);
    if (before.tenure && !this.state.tenure)
      this.listener.lost(before.tenure.term, `the lease went to ${lease?.holder || 'nobody'}`);
    if (before.lease?.version !== lease?.version) this.listener.changed(lease);
  }

  private hold(written: LeaseRecord, sentAt: number): void {
    this.state = leader.held(this.state, written, sentAt, this.clock.now());
    this.writer.keep(written);
    this.troubles.forget();
    this.listener.changed(written);
  }

  private begin(term: number, before: LeaseRecord | undefined, attempt: { reason: string; ms: number }): void {
    this.tenures++;
    this.due.renewing = false;
    this.listener.won(term, before, attempt);
  }

  private lose(reason: string): void {
    const { tenure } = this.state;
    this.state = leader.dropped(this.state);
    if (tenure) this.listener.lost(tenure.term, reason);
  }

  private async renew(facts: Readonly<Record<string, string | undefined>> = {}): Promise<boolean> {
    const { tenure, lease } = this.state;
    if (!tenure) return false;
    const asked = this.tenures;
    this.due.renewing = true;
    const sentAt = this.clock.now();
    this.due.sentAt = sentAt;
    // A term known to be outranked is raised.
    const term = this.state.highestTerm > tenure.term ? leader.nextTerm(this.state) : tenure.term;
    let done = false;
    try {
      const written = await this.writer.renew(lease, term, facts);
      if (asked === this.tenures && this.active()) {
        this.hold(written, sentAt);
        done = true;
      }
    } catch (error) {
      this.troubles.tell('failed to renew the lease', error);
      if (error instanceof Conflict) await this.look();
    }
    if (asked === this.tenures) this.due.renewing = false;
    this.tick();
    return done;
  }

  private async ask(term: number, again: boolean): Promise<void> {
    this.due.asking = true;
    const sentAt = this.clock.now();
    this.due.askedAt = sentAt;
    const ask = { holder: this.state.me, term, again, leaseMs: this.timings.leaseMs };
    const willing = !again || (await this.listener.willing(this.state.lease));
    const answer = willing && (await this.peers.agree(ask, this.timings.renewMs));
    this.due.asking = false;
    if (answer && answer.agrees) {
      const before = this.state;
      this.state = leader.agreed(before, ask, sentAt, this.clock.now());
      const reason = `the api server is away, and ${answer.reason}`;
      if (again && this.state !== before && this.active()) this.begin(term, this.state.lease, { reason, ms: 0 });
    } else if (answer) this.troubles.tell('the peer does not agree', answer.reason);
    this.tick();
  }

  private async look(): Promise<void> {
    this.due.looking = true;
    const askedAt = (this.due.lookedAt = this.clock.now());
    const { lastVersion } = this.writer;
    try {
      const read = (await this.store.read()) ?? (await this.makeMissing(askedAt));
      const lease = read && (await this.writer.restored(read));
      // An answer on its way while this process wrote the Lease itself may be older than what it wrote.
      if (lease && lastVersion === this.writer.lastVersion) {
        // A watch that kept silent about a change is dead.
        if (lease.version !== this.state.lease?.version) this.watching.end();
        this.see(lease, askedAt);
        if (!this.state.tenure && !this.watching.isOpen && !this.stopped) this.watch(lease);
      }
    } catch (error) {
      this.troubles.tell('failed to read the lease', error);
    }
    this.due.looking = false;
    this.tick();
  }

  /** Its holder makes a missing Lease at once, as it was. Anyone else first seeks what it said last. */
  private async makeMissing(askedAt: number): Promise<LeaseRecord | undefined> {
    const { tenure, lease } = this.state;
    const asked = this.tenures;
    if (tenure && this.active()) {
      const written = await this.writer.renew(undefined, tenure.term, {});
      if (asked === this.tenures && this.active()) this.hold(written, askedAt);
      return written;
    }
    const now = this.clock.now();
    const soughtFor = this.writer.soughtFor(lease, now);
    if (soughtFor >= this.timings.renewMs) return this.writer.remake();
    this.state = leader.reached(this.state, now);
    if (soughtFor === 0) {
      this.watching.end();
      this.watch(lease);
    }
    return undefined;
  }

  private watch(from: LeaseRecord | undefined): void {
    const changed = (lease: LeaseRecord | undefined, deleted?: LeaseRecord) => {
      if (deleted) this.writer.sawDeleted(deleted);
      this.see(lease);
      this.tick();
    };
    this.watching.begin(from, changed, () => this.tick());
  }

  private async tryToWin(): Promise<void> {
    this.due.wanting = true;
    const willing = await this.listener.willing(this.state.lease);
    this.due.wanting = false;
    const sentAt = this.clock.now();
    if (!willing) this.due.retryAt = sentAt + this.timings.renewMs;
    // Much may have happened while the engine thought about it.
    if (!willing || this.stopped || !leader.mayAttempt(this.state, sentAt) || sentAt < this.due.awayUntil)
      return this.tick();
    const { lease, changedAt } = this.state;
    this.state = leader.attempt(this.state);
    try {
      const written = await this.writer.take(lease, leader.nextTerm(this.state));
      this.due.sentAt = sentAt;
      this.hold(written, sentAt);
      const ms = this.clock.now() - Math.max(changedAt, 0);
      if (this.active()) this.begin(written.term, lease, { reason: leader.whyFree(lease), ms });
    } catch (error) {
      this.state = leader.attemptFailed(this.state);
      this.due.retryAt = this.clock.now() + jittered(this.timings.renewMs / 5);
      if (!(error instanceof Conflict)) this.troubles.tell('failed to take the lease', error);
      await this.look();
    }
    this.tick();
  }
}
