import type { Clock } from '../../agent/clock';
import { Elector } from '../../agent/elector';
import { RELEASED } from '../../agent/leader';
import type { Answer, Ask, LeaseRecord, Timings } from '../../agent/leader';
import { Conflict } from '../../agent/lock';
import type { LeaseChange, LeaseStore, Listener, Peers } from '../../agent/lock';

/** A number from 0 to 1, the same sequence for the same seed. */
export function random(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Two or more agents, an API server and the network between them, in virtual time. */
export class World {
  public now = 0;
  public readonly machines: Machine[] = [];
  public readonly api = new ApiServer(this);
  /** Terms in which someone became active, in order. */
  public readonly wins: {
    readonly pod: number;
    readonly term: number;
    readonly at: number;
    /** What the Lease said before. */
    readonly facts: LeaseRecord['facts'];
  }[] = [];
  public peersCut = false;
  private readonly queue: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  private order = 0;

  public constructor(
    public readonly random: () => number,
    public readonly timings: Timings = { leaseMs: 1000, renewMs: 250, giveUpMs: 800 },
    public readonly requireLease = false,
  ) {}

  public at(time: number, run: () => void): void {
    const entry = { at: Math.max(time, this.now), order: this.order++, run };
    let i = this.queue.length;
    while (i > 0 && this.queue[i - 1]!.at > entry.at) i--;
    this.queue.splice(i, 0, entry);
  }

  /** Lets time pass, and calls `check` after everything that happens. */
  public async run(until: number, check: () => void = () => undefined): Promise<void> {
    while (this.queue[0] && this.queue[0].at <= until) {
      const { at, run } = this.queue.shift()!;
      this.now = at;
      run();
      await new Promise((resolve) => setImmediate(resolve));
      check();
    }
    this.now = until;
  }

  public latency(): number {
    return 1 + this.random() * 10;
  }

  public get active(): Machine[] {
    return this.machines.filter((machine) => machine.elector.active());
  }
}

/** A machine with an agent: its clock runs at its own rate, and it can be stopped. */
export class Machine implements Clock, Peers, LeaseStore {
  public elector!: Elector;
  public willing = true;
  public apiCut = false;
  /** What the API server answers gets lost, though it was done. */
  public answersLost = false;
  public readonly lost: string[] = [];
  private stopped = false;
  private late: (() => void)[] = [];
  private process = 0;

  public constructor(
    private readonly world: World,
    private readonly rate: number,
    private timings: Timings = world.timings,
    /** The pods that it knows of, and asks. */
    private pods?: readonly number[],
  ) {
    world.machines.push(this);
    this.start();
  }

  public get index(): number {
    return this.world.machines.indexOf(this);
  }

  public now(): number {
    return this.world.now * this.rate + 1e6 * (this.index + 1);
  }

  public after(ms: number, then: () => void): () => void {
    const { process } = this;
    let cancelled = false;
    this.world.at(this.world.now + ms / this.rate, () => this.do(process, () => cancelled || then()));
    return () => (cancelled = true);
  }

  /** SIGSTOP, and SIGCONT: what was due in between happens then, in any order. */
  public stop(): void {
    this.stopped = true;
  }

  public resume(): void {
    this.stopped = false;
    const late = this.late.map((run) => ({ run, key: this.world.random() })).sort((a, b) => a.key - b.key);
    this.late = [];
    for (const { run } of late) this.world.at(this.world.now, run);
  }

  /** The process is killed and another starts in its place, as a roll-out does with another configuration. */
  public restart(timings = this.timings, pods = this.pods): void {
    this.elector.stop();
    this.process++;
    this.timings = timings;
    this.pods = pods;
    this.start();
  }

  private start(): void {
    const listener: Listener = {
      willing: async () => this.willing,
      won: (term, lease) => {
        this.world.wins.push({ pod: this.index, term, at: this.world.now, facts: lease?.facts ?? {} });
      },
      lost: (_, reason) => this.lost.push(reason),
      changed: () => undefined,
      trouble: () => undefined,
    };
    const { timings } = this;
    const { requireLease } = this.world;
    const own = this.bound(this.process);
    this.elector = new Elector(
      `pod-${this.index}_${this.process}`,
      timings,
      requireLease,
      own,
      own,
      own,
      listener,
      () => ({
        pod: `pod-${this.index}`,
        ...(this.pods && { pods: this.pods.map((index) => `pod-${index}`).join(' ') }),
      }),
    );
    this.world.at(this.world.now, () => this.elector.start());
  }

  /** This machine, for one process: a killed one hears nothing any more. */
  private bound(process: number): Clock & Peers & LeaseStore {
    return {
      now: () => this.now(),
      after: (ms, then) => {
        let cancelled = false;
        this.world.at(this.world.now + ms / this.rate, () => this.do(process, () => cancelled || then()));
        return () => (cancelled = true);
      },
      agree: (ask, timeoutMs) => this.agree(ask, timeoutMs),
      read: () => this.read(),
      write: (change, from) => this.write(change, from),
      watch: (from, changed, ended) =>
        this.watch(
          from,
          (lease, deleted) => this.do(process, () => changed(lease, deleted)),
          () => this.do(process, ended),
        ),
    };
  }

  private do(process: number, run: () => void): void {
    if (process !== this.process) return;
    if (this.stopped) this.late.push(() => this.do(process, run));
    else run();
  }

  // --- the network ---

  public agree(ask: Ask, timeoutMs: number): Promise<Answer> {
    const others = this.world.machines.filter(
      (machine) => machine !== this && (this.pods?.includes(machine.index) ?? true),
    );
    const answers = others.map(
      (other) =>
        new Promise<Answer>((resolve) => {
          this.after(timeoutMs, () => resolve({ agrees: false, reason: 'no answer' }));
          const { process } = this;
          if (this.world.peersCut) return;
          this.world.at(this.world.now + this.world.latency(), () =>
            other.do(other.process, () => {
              const answer = other.elector.answer(ask);
              this.world.at(this.world.now + this.world.latency(), () => this.do(process, () => resolve(answer)));
            }),
          );
        }),
    );
    return Promise.all(answers).then((all) => all.find(({ agrees }) => !agrees) ?? all[0]!);
  }

  public read(): Promise<LeaseRecord | undefined> {
    return this.call(() => this.world.api.lease);
  }

  public write(change: LeaseChange, from: LeaseRecord | undefined): Promise<LeaseRecord> {
    return this.call(() => this.world.api.write({ leaseMs: this.timings.leaseMs, ...defined(change) }, from));
  }

  public watch(from: LeaseRecord | undefined, changed: Changed, ended: () => void): () => void {
    return this.world.api.watch(this, from, changed, ended);
  }

  private call<T>(work: () => T): Promise<T> {
    const { process } = this;
    return new Promise((resolve, reject) => {
      this.after(this.timings.giveUpMs / 2, () => reject(new Error('no answer')));
      const settle = (run: () => void) => {
        if (!this.answersLost && !this.apiCut)
          this.world.at(this.world.now + this.world.latency(), () => this.do(process, run));
      };
      if (this.apiCut) return;
      // A server that stalls works off later what it got, even where nobody waits for it any more.
      this.world.at(
        Math.max(this.world.now, this.world.api.stalledUntil) + this.world.latency() + this.world.api.slowByMs,
        () => {
          try {
            const result = this.world.api.serve(work);
            settle(() => resolve(result));
          } catch (error) {
            settle(() => reject(error as Error));
          }
        },
      );
    });
  }
}

/** One Lease with optimistic concurrency, as the real one keeps it. */
export class ApiServer {
  public lease: LeaseRecord | undefined;
  public stalledUntil = 0;
  /** How much longer than usual each answer takes. */
  public slowByMs = 0;
  /** Answers 500 to everything. */
  public broken = false;
  public writes = 0;
  private version = 0;
  private readonly history: Change[] = [];
  private readonly watchers = new Set<Watcher>();

  public constructor(private readonly world: World) {}

  public serve<T>(work: () => T): T {
    if (this.broken) throw new Error('500');
    return work();
  }

  public write({ holder, term, facts, leaseMs }: LeaseChange, from: LeaseRecord | undefined): LeaseRecord {
    if (from?.version !== this.lease?.version) throw new Conflict('409');
    const kept = Object.entries({ ...from?.facts, ...facts }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    this.writes++;
    return this.set({ holder, term, facts: Object.fromEntries(kept), leaseMs })!;
  }

  public set(lease: Omit<LeaseRecord, 'version'> | undefined): LeaseRecord | undefined {
    const version = String(++this.version);
    const change = { version: this.version, lease: lease && { ...lease, ...clearedIn(lease), version } };
    this.history.push(lease ? change : { ...change, deleted: this.lease });
    this.lease = change.lease;
    for (const watcher of this.watchers) if (!watcher.machine.apiCut) this.tell(watcher, this.history.at(-1)!);
    return this.lease;
  }

  /** Tells first what happened since `from`, as the real one does. */
  public watch(machine: Machine, from: LeaseRecord | undefined, changed: Changed, ended: () => void): () => void {
    const watcher = { machine, changed, ended, toldAt: 0 };
    this.watchers.add(watcher);
    const missed = from && !machine.apiCut ? this.history.filter(({ version }) => version > Number(from.version)) : [];
    for (const change of missed) this.tell(watcher, change);
    return () => this.watchers.delete(watcher);
  }

  /** One after the other, as over one connection. */
  private tell(watcher: Watcher, { lease, deleted }: Change): void {
    watcher.toldAt = Math.max(watcher.toldAt, this.world.now + this.world.latency());
    this.world.at(watcher.toldAt, () => this.watchers.has(watcher) && watcher.changed(lease, deleted));
  }

  public cutWatches(): void {
    const cut = Array.from(this.watchers);
    this.watchers.clear();
    for (const watcher of cut) watcher.ended();
  }
}

/** As the agent reads it from a Lease (lease.ts), also where someone makes one again that was cleared. */
function clearedIn({ holder, term, facts }: Omit<LeaseRecord, 'version'>): Pick<LeaseRecord, 'cleared'> {
  return holder === '' && term > 0 && facts[RELEASED] !== String(term) ? { cleared: true } : {};
}

interface Change {
  readonly version: number;
  readonly lease: LeaseRecord | undefined;
  /** The last record of a Lease that was deleted. */
  readonly deleted?: LeaseRecord | undefined;
}

interface Watcher {
  readonly machine: Machine;
  readonly changed: Changed;
  readonly ended: () => void;
  toldAt: number;
}

type Changed = (lease: LeaseRecord | undefined, deleted?: LeaseRecord) => void;

function defined(change: LeaseChange): LeaseChange {
  const { leaseMs, ...rest } = change;
  return leaseMs === undefined ? rest : change;
}
