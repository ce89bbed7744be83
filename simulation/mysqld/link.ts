import { Stream } from '../stream';
import type { GtidSet } from './gtid-set';
import type { Receiver } from './receiver';
import type { Mysqld } from './server';
import type { Transaction } from './volume';

/** How many transactions go in one message. */
const BATCH = 50;
/** A source that only sends finds out by its next heartbeats that nobody reads any more, in milliseconds. */
const NOTICED_MS = 2_000;

/** A transaction on its way to a replica, and its place in the source's binary log. */
export interface Sent {
  readonly transaction: Transaction;
  readonly place: number;
}

/** A connection of a replica to its source: the dump thread of the one, and what the receiver of the other reads. */
export class Link {
  public open = true;
  /** Of its thread in the source. */
  public readonly id: number;
  private readonly there: Stream;
  private readonly back: Stream;
  private next: number;
  private sending = false;

  public constructor(
    public readonly source: Mysqld,
    public readonly receiver: Receiver,
    public readonly replicaUuid: string,
    /** What the replica had when it connected. */
    private readonly has: GtidSet,
  ) {
    this.id = source.nextId();
    this.next = source.volume.trimmed;
    this.there = new Stream(source.network, source.process, receiver.process);
    this.back = new Stream(source.network, receiver.process, source.process);
  }

  /** Sends what the replica does not have, in the order of the binary log. */
  public send(): void {
    if (this.sending || !this.open) return;
    const { source } = this;
    const { volume } = source;
    const batch: Sent[] = [];
    this.next = Math.max(this.next, volume.trimmed);
    for (; this.next < volume.trimmed + volume.binlog.length && batch.length < BATCH; this.next++) {
      const transaction = volume.binlog[this.next - volume.trimmed]!;
      if (!this.has.has(transaction.gtid)) batch.push({ transaction, place: this.next });
    }
    if (batch.length === 0) return;
    this.sending = true;
    source.process.after(1, () => {
      this.sending = false;
      this.send();
    });
    this.there.send(() => this.receiver.receive(this, batch));
  }

  /** The receiver says how far it has everything. */
  public acknowledge(place: number): void {
    this.back.send(() => this.open && this.source.semiSync.acknowledge(place));
  }

  /** The source ends it. */
  public drop(): void {
    if (!this.open) return;
    this.open = false;
    this.source.links.delete(this);
    this.there.send(() => this.receiver.closed(this));
  }

  /** The replica ends it. */
  public leave(): void {
    const { source } = this;
    this.back.send(() =>
      source.process.after(source.random.between(1, NOTICED_MS), () => {
        this.open = false;
        source.links.delete(this);
      }),
    );
  }
}
