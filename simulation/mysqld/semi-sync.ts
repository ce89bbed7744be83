import type { Process } from '../machine';

interface Waiter {
  readonly place: number;
  readonly done: () => void;
  readonly cancel: () => void;
}

/** The largest time-out: 49 days. */
const FOR_EVER = 4_294_967_295;

/** The source's side of semi-synchronous replication, with AFTER_SYNC: a commit waits between the binary log and InnoDB. */
export class SemiSync {
  public enabled = false;
  public timeoutMs = FOR_EVER;
  public on = false;
  public yes = 0;
  public no = 0;
  private waiters: Waiter[] = [];
  private acknowledged = -1;
  /** The place of the last commit since it was enabled. */
  private lastCommit = -1;

  public constructor(private readonly process: Process) {}

  public get waiting(): number {
    return this.waiters.length;
  }

  public setEnabled(enabled: boolean): void {
    if (enabled && !this.enabled) {
      this.on = true;
      this.lastCommit = this.acknowledged = -1;
    }
    if (!enabled) this.switchOff();
    this.enabled = enabled;
  }

  /** A transaction is in the binary log. */
  public logged(place: number): void {
    this.lastCommit = place;
  }

  /** Goes on when a replica has acknowledged the transaction, or nobody waits for that. */
  public wait(place: number, done: () => void): void {
    if (!this.enabled) return done();
    if (!this.on || this.acknowledged >= place) {
      if (this.on) this.yes++;
      else this.no++;
      return done();
    }
    const cancel =
      this.timeoutMs >= FOR_EVER ? () => undefined : this.process.after(this.timeoutMs, () => this.switchOff());
    this.waiters.push({ place, done, cancel });
  }

  public acknowledge(place: number): void {
    this.acknowledged = Math.max(this.acknowledged, place);
    if (!this.enabled) return;
    if (!this.on) this.on = this.acknowledged >= this.lastCommit;
    if (this.on) this.release((waiter) => waiter.place <= this.acknowledged);
  }

  /** A time-out, SIGTERM, or the variable: whoever waits is let through. */
  public switchOff(): void {
    this.on = false;
    this.release(() => true);
  }

  private release(which: (waiter: Waiter) => boolean): void {
    const released = this.waiters.filter(which);
    this.waiters = this.waiters.filter((waiter) => !which(waiter));
    for (const { done, cancel } of released) {
      cancel();
      if (this.on) this.yes++;
      else this.no++;
      done();
    }
  }
}
