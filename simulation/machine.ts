import type { Clock } from '../agent/clock';
import type { Random } from './random';
import type { Schedule } from './schedule';

/** A node: its clock runs at its own rate, and everything on it ends with its power. */
export class Machine {
  public on = true;
  /** The run of the node. */
  public boot: string;
  /** How far the time of day is from the true one, in milliseconds. */
  public wallOffset = 0;
  public readonly processes = new Set<Process>();
  private bootedAt = 0;
  private boots = 0;

  public constructor(
    public readonly name: string,
    public readonly schedule: Schedule,
    public readonly random: Random,
    /** How fast its clock runs: 1 is right. */
    public readonly rate: number,
  ) {
    this.boot = `${name}-boot-0`;
  }

  /** Milliseconds of its monotonic clock. */
  public now(): number {
    return (this.schedule.now - this.bootedAt) * this.rate;
  }

  public today(): Date {
    return new Date(Date.UTC(2030, 0, 1) + this.schedule.now + this.wallOffset);
  }

  public powerOff(): void {
    this.on = false;
    for (const process of this.processes) process.end('power');
  }

  public powerOn(): void {
    this.on = true;
    this.boot = `${this.name}-boot-${++this.boots}`;
    this.bootedAt = this.schedule.now;
  }
}

/** A process of a machine. It can be stopped and continued: what was due in between happens then, in any order. */
export class Process implements Clock {
  public alive = true;
  public stopped = false;
  /** When it went on after it was stopped, as the schedule counts. */
  public resumedAt = Number.NEGATIVE_INFINITY;
  /** Called when it ends, but not when the power does: the kernel closes its connections. */
  public readonly atEnd = new Set<() => void>();
  private late: (() => void)[] = [];
  private trap: { left: number; spring: () => void } | undefined;

  public constructor(
    public readonly name: string,
    public readonly machine: Machine,
    private readonly ended: () => void = () => undefined,
  ) {
    machine.processes.add(this);
  }

  public now(): number {
    return this.machine.now();
  }

  public after(ms: number, then: () => void): () => void {
    let cancelled = false;
    // As in Node, a timer waits for a millisecond at least.
    const cancel = this.machine.schedule.after(Math.max(1, ms) / this.machine.rate, () =>
      this.do(() => cancelled || then()),
    );
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** Something reaches the process: an answer, a timer, a signal. */
  public do(run: () => void): void {
    if (!this.alive) return;
    if (this.trap && !this.stopped && --this.trap.left <= 0) {
      const { spring } = this.trap;
      this.trap = undefined;
      spring();
      if (!this.alive) return;
    }
    if (this.stopped) this.late.push(run);
    else run();
  }

  /** Does something to the process just before the n-th thing reaches it. */
  public setTrap(count: number, spring: () => void): void {
    this.trap = { left: count, spring };
  }

  public clearTrap(): void {
    this.trap = undefined;
  }

  /** SIGSTOP. */
  public stop(): void {
    this.stopped = true;
  }

  /** SIGCONT. */
  public resume(): void {
    if (!this.stopped) return;
    this.stopped = false;
    const { random, schedule } = this.machine;
    this.resumedAt = schedule.now;
    const late = this.late.map((run) => ({ run, key: random.next() })).sort((a, b) => a.key - b.key);
    this.late = [];
    for (const { run } of late) schedule.after(0, () => this.do(run));
  }

  public end(why: 'kill' | 'power' = 'kill'): void {
    if (!this.alive) return;
    if (why === 'kill') for (const close of this.atEnd) close();
    this.alive = false;
    this.late = [];
    this.machine.processes.delete(this);
    this.ended();
  }
}
