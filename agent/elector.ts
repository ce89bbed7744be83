import type { Clock } from './clock';
import { jittered, sleep } from './clock';
import * as leader from './leader';
import type { Answer, Ask, LeaseRecord, State, Timings } from './leader';
import { Conflict } from './lock';
import type { LeaseStore, Listener, Peers } from './lock';
import { Troubles } from './troubles';
import { Watching } from './watching';

/** Keeps looking at the Lease and at the clock, and takes, renews and gives up the Lease as `leader.ts` decides. */
export class Elector {
  private state: State;
  private renewing = false;
  private looking = false;
  private asking = false;
  private wanting = false;
  private lastSent = Number.NEGATIVE_INFINITY;
  private lastLook = Number.NEGATIVE_INFINITY;
  private lastAsk = Number.NEGATIVE_INFINITY;
  private awayUntil = Number.NEGATIVE_INFINITY;
  private retryAt = Number.NEGATIVE_INFINITY;
  private lastWritten = '';
  private readonly troubles: Troubles;
  private readonly watching: Watching;
  private cancelTimer: (() => void) | undefined;
  private stopped = false;

  public constructor(
    identity: string,
    private readonly timings: Timings,
    private readonly strict: boolean,
    private readonly clock: Clock,
    private readonly store: LeaseStore,
    private readonly peers: Peers,
    private readonly listener: Listener,
    private readonly facts: () => Readonly<Record<string, string>>,
  ) {
    this.state = leader.initial(identity, timings);
    this.troubles = new Troubles(listener);
    this.watching = new Watching(store);
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
    this.retryAt = Number.NEGATIVE_INFINITY;
    this.tick();
  }

  /** Writes facts while this process holds the Lease. */
  public async publish(facts: Readonly<Record<string, string | undefined>>): Promise<void> {
    const term = this.state.tenure?.term;
    const end = this.clock.now() + this.timings.giveUpMs;
    while (this.renewing && this.clock.now() < end) await sleep(this.clock, 5);
    if (term === undefined || !this.active() || this.state.tenure?.term !== term)
      throw new Error('this pod does not hold the lease');
    if (!(await this.renew(facts)))
      throw new Error(`failed to publish facts: ${this.troubles.last ?? 'the lease was lost'}`);
  }

  /** Gives the Lease back so that another can have it at once, and does not take it again for `awayMs`. */
  public async release(awayMs: number, facts: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
    const { tenure } = this.state;
    this.awayUntil = this.clock.now() + awayMs;
    if (!tenure) return;
    this.state = leader.released(this.state);
    for (let tries = 0; tries < 3; tries++) {
      const { lease } = this.state;
      if (lease?.holder !== this.state.me) break;
      try {
        this.see(await this.store.write({ holder: '', term: tenure.term, facts }, lease));
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
      if (now >= this.renewAt()) void this.renew();
      if (now >= this.askAt()) void this.ask(this.state.tenure.term, false);
    } else {
      // 3. Anyone else takes the Lease when it is free, and looks when nothing was heard. The last holder may go on by its
      //    peer's leave where neither hears of the API server.
      const { lease } = this.state;
      if (lease && now >= this.askAt() && leader.mayAskAgain(this.state, now)) void this.ask(lease.term, true);
      if (now >= this.attemptAt()) void this.tryToWin();
      if (now >= this.lookAt()) void this.look();
    }
    this.cancelTimer?.();
    const due = this.state.tenure
      ? Math.min(this.state.tenure.validUntil, this.renewAt(), this.askAt())
      : Math.min(this.attemptAt(), this.lookAt(), leader.mayAskAgain(this.state, now) ? this.askAt() : Infinity);
    this.cancelTimer = this.clock.after(Math.max(1, Math.min(due, now + this.timings.leaseMs) - now), () =>
      this.tick(),
    );
  }

  private renewAt(): number {
    return this.renewing ? Infinity : this.lastSent + this.timings.renewMs;
  }

  private askAt(): number {
    if (this.strict || this.asking) return Infinity;
    const { tenure, reachedAt } = this.state;
    const due = tenure
      ? tenure.validUntil - this.timings.giveUpMs + 1.5 * this.timings.renewMs
      : reachedAt + this.timings.leaseMs;
    return Math.max(due, this.lastAsk + this.timings.renewMs);
  }

  private attemptAt(): number {
    if (this.wanting || this.state.attempting || !this.state.looked) return Infinity;
    return Math.max(leader.freeAt(this.state), this.awayUntil, this.retryAt);
  }

  private lookAt(): number {
    if (this.looking) return Infinity;
    const silence = this.watching.isOpen ? 1.5 * this.timings.renewMs : 0;
    return Math.max(this.state.reachedAt + silence, this.lastLook + jittered(this.timings.renewMs));
  }

  /** Takes in what the API server showed, and notices where the Lease was lost by it. */
  private see(lease: LeaseRecord | undefined, askedAt?: number): void {
    const before = this.state;
    this.state = leader.seen(before, lease, this.clock.now(), askedAt);
    if (before.tenure && !this.state.tenure)
      this.listener.lost(before.tenure.term, `the lease went to ${lease?.holder || 'nobody'}`);
    if (before.lease?.version !== lease?.version) this.listener.changed(lease);
  }

  private hold(written: LeaseRecord, sentAt: number): void {
    this.state = leader.held(this.state, written, sentAt, this.clock.now());
    this.lastWritten = written.version;
    this.troubles.forget();
    this.listener.changed(written);
  }

  private lose(reason: string): void {
    const { tenure } = this.state;
    this.state = leader.dropped(this.state);
    if (tenure) this.listener.lost(tenure.term, reason);
  }

  private async renew(facts: Readonly<Record<string, string | undefined>> = {}): Promise<boolean> {
    const { tenure, lease } = this.state;
    if (!tenure) return false;
    this.renewing = true;
    const sentAt = this.clock.now();
    this.lastSent = sentAt;
    // A term known to be outranked is raised.
    const term = this.state.highestTerm > tenure.term ? leader.nextTerm(this.state) : tenure.term;
    let done = false;
    try {
      const written = await this.store.write(
        { holder: this.state.me, term, facts: { ...this.facts(), ...facts } },
        lease,
      );
      if (this.state.tenure && this.active()) {
        this.hold(written, sentAt);
        done = true;
      }
    } catch (error) {
      this.troubles.tell('failed to renew the lease', error);
      if (error instanceof Conflict) await this.look();
    }
    this.renewing = false;
    this.tick();
    return done;
  }

  private async ask(term: number, again: boolean): Promise<void> {
    this.asking = true;
    const sentAt = this.clock.now();
    this.lastAsk = sentAt;
    const ask = { holder: this.state.me, term, again };
    const willing = !again || (await this.listener.willing(this.state.lease));
    const answer = willing && (await this.peers.agree(ask, this.timings.renewMs));
    this.asking = false;
    if (answer && answer.agrees) {
      const before = this.state;
      this.state = leader.agreed(before, ask, sentAt, this.clock.now());
      const reason = `the api server is away, and ${answer.reason}`;
      if (again && this.state !== before && this.active()) this.listener.won(term, this.state.lease, { reason, ms: 0 });
    } else if (answer) this.troubles.tell('the peer does not agree', answer.reason);
    this.tick();
  }

  private async look(): Promise<void> {
    this.looking = true;
    const askedAt = (this.lastLook = this.clock.now());
    const { lastWritten } = this;
    try {
      // Making a missing Lease makes nobody its holder: a write that expects none cannot tell a Lease that never was
      // from one that came and went.
      const lease =
        (await this.store.read()) ?? (await this.store.write({ holder: '', term: 0, facts: {} }, undefined));
      // An answer on its way while this process wrote the Lease itself may be older than what it wrote.
      if (lastWritten === this.lastWritten) {
        // A watch that kept silent about a change is dead.
        if (lease?.version !== this.state.lease?.version) this.watching.end();
        this.see(lease, askedAt);
        if (!this.state.tenure && !this.watching.isOpen && !this.stopped) this.watch(lease);
      }
    } catch (error) {
      this.troubles.tell('failed to read the lease', error);
    }
    this.looking = false;
    this.tick();
  }

  private watch(from: LeaseRecord | undefined): void {
    const changed = (lease: LeaseRecord | undefined) => {
      this.see(lease);
      this.tick();
    };
    this.watching.begin(from, changed, () => this.tick());
  }

  private async tryToWin(): Promise<void> {
    this.wanting = true;
    const willing = await this.listener.willing(this.state.lease);
    this.wanting = false;
    const sentAt = this.clock.now();
    if (!willing) this.retryAt = sentAt + this.timings.renewMs;
    // Much may have happened while the engine thought about it.
    if (!willing || this.stopped || !leader.mayAttempt(this.state, sentAt) || sentAt < this.awayUntil)
      return this.tick();
    const { lease, changedAt } = this.state;
    this.state = leader.attempt(this.state);
    try {
      const facts = { ...this.facts(), leaving: undefined };
      const written = await this.store.write(
        { holder: this.state.me, term: leader.nextTerm(this.state), facts },
        lease,
      );
      this.lastSent = sentAt;
      this.hold(written, sentAt);
      const ms = this.clock.now() - Math.max(changedAt, 0);
      if (this.active()) this.listener.won(written.term, lease, { reason: leader.whyFree(lease), ms });
    } catch (error) {
      this.state = leader.attemptFailed(this.state);
      this.retryAt = this.clock.now() + jittered(this.timings.renewMs / 5);
      if (!(error instanceof Conflict)) this.troubles.tell('failed to take the lease', error);
      await this.look();
    }
    this.tick();
  }
}
