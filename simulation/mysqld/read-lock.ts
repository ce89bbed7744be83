/** A write that waits for a server to become read-only, or not. */
interface Waiting {
  readonly retry: () => void;
  cancelled: boolean;
}

interface Pending {
  readonly variable: 'read_only' | 'super_read_only';
  readonly done: () => void;
}

/**
 * Whether a server takes writes. To become read-only waits for each commit that is under way, for as long as that takes, and
 * writes that begin meanwhile wait as well. Whoever asked for it may be gone by then: it comes about all the same.
 */
export class ReadLock {
  public readOnly = true;
  public superReadOnly = true;
  private inFlight = 0;
  private pending: Pending[] = [];
  private waiting: Waiting[] = [];
  /** `@@super_read_only` as it is shown: from the first on, while `read_only` is still waited for. */
  private shown = true;

  public constructor(private readonly changed: () => void) {}

  /** Writes that are under way, and changes that wait for them. */
  public get underWay(): readonly [writes: number, changes: number] {
    return [this.inFlight, this.pending.length];
  }

  public get shownSuper(): boolean {
    return this.shown;
  }

  /** A write begins, at once or when it may; `refused` where the server is read-only. Returns what gives up waiting. */
  public enter(writer: 'client' | 'super' | 'applier', run: () => void, refused: () => void): () => void {
    if (this.pending.length > 0) {
      const waiting = { retry: () => this.enter(writer, run, refused), cancelled: false };
      this.waiting.push(waiting);
      return () => (waiting.cancelled = true);
    }
    if (writer !== 'applier' && (this.superReadOnly || (this.readOnly && writer === 'client'))) refused();
    else {
      this.inFlight++;
      run();
    }
    return () => undefined;
  }

  /** A write is done, or was given up. */
  public leave(): void {
    this.inFlight--;
    this.settle();
  }

  /** Returns what gives up waiting: a statement that is killed changes nothing, and whoever waited for it goes on. */
  public set(variable: 'read_only' | 'super_read_only', on: boolean, done: () => void): () => void {
    if (on) {
      if (variable === 'super_read_only' && !this.readOnly) this.shown = true;
      const pending = { variable, done };
      this.pending.push(pending);
      this.settle();
      return () => this.giveUp(pending);
    }
    if (variable === 'read_only') this.readOnly = false;
    this.superReadOnly = this.shown = false;
    this.changed();
    done();
    return () => undefined;
  }

  private giveUp(pending: Pending): void {
    if (!this.pending.includes(pending)) return;
    this.pending = this.pending.filter((each) => each !== pending);
    this.shown = this.superReadOnly || this.pending.some(({ variable }) => variable === 'super_read_only');
    if (this.pending.length > 0) return;
    const { waiting } = this;
    this.waiting = [];
    for (const each of waiting) if (!each.cancelled) each.retry();
  }

  private settle(): void {
    if (this.inFlight > 0 || this.pending.length === 0) return;
    const { pending, waiting } = this;
    this.pending = [];
    this.waiting = [];
    for (const { variable } of pending) {
      this.readOnly = true;
      if (variable === 'super_read_only') this.superReadOnly = this.shown = true;
    }
    this.changed();
    for (const { done } of pending) done();
    for (const each of waiting) if (!each.cancelled) each.retry();
  }
}
