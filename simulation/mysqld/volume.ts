import type { Gtid } from './gtid-set';
import { GtidSet } from './gtid-set';

/** A transaction as it is in a binary log. */
export interface Transaction {
  readonly gtid: Gtid;
  /** The row that it inserts; undefined where nobody asks for it. */
  readonly row: number | undefined;
  /** How long it takes to apply, in milliseconds. */
  readonly ms: number;
}

/** From where a server replicates. */
export interface SourceSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** What an account may log in with. */
export interface Passwords {
  now: string;
  before: string | undefined;
}

/** What a mysqld has on its disk: it outlives the process, and all but a part of it the loss of power. */
export class Volume {
  /** Each commit is on the disk before anyone is told of it (`sync_binlog = 1`). */
  public binlog: Transaction[] = [];
  /** How many transactions were taken off the start of the binary log. */
  public trimmed = 0;
  /** `gtid_executed`, and `gtid_purged`: executed, and in no binary log here. */
  public executed = new GtidSet();
  public purged = new GtidSet();
  public rows = new Set<number>();
  /** What was received and is not applied yet; `relaySynced` of these would outlive the loss of power. */
  public relay: Transaction[] = [];
  public relaySynced = 0;
  public retrieved = new GtidSet();
  public source: SourceSettings | undefined;
  /** Whether it has the account that marks it as one whose data are being replaced. */
  public half = false;
  public initialized = false;
  public passwords = new Map<string, Passwords>();
  /** Whether CLONE has dropped the data and not replaced them yet. */
  private emptied = false;
  /** A table of another engine than InnoDB: its rows, and whether CLONE copies them by now. */
  public foreign: { rows: number; copied: boolean } | undefined;
  private lastNumber = 0;

  public constructor(public readonly uuid: string) {}

  /** The highest number that it gave to a transaction. */
  public get lastOwn(): number {
    return Math.max(this.lastNumber, this.executed.last(this.uuid));
  }

  /** Writes a transaction of this server to the binary log; returns its place there. */
  public logOwn(row: number | undefined, ms: number): { readonly transaction: Transaction; readonly place: number } {
    this.lastNumber = this.lastOwn + 1;
    const transaction = { gtid: { uuid: this.uuid, number: this.lastNumber }, row, ms };
    return { transaction, place: this.log(transaction) };
  }

  public log(transaction: Transaction): number {
    this.binlog.push(transaction);
    return this.trimmed + this.binlog.length - 1;
  }

  public execute(transaction: Transaction): void {
    this.executed.add(transaction.gtid);
    if (transaction.row !== undefined) this.rows.add(transaction.row);
  }

  public receive(transaction: Transaction): void {
    this.relay.push(transaction);
    this.retrieved.add(transaction.gtid);
  }

  /** What was received is given up. */
  public dropRelay(): void {
    this.relay = [];
    this.relaySynced = 0;
    this.retrieved = new GtidSet();
  }

  /** What is in the binary log was prepared by InnoDB, and is committed when mysqld starts. */
  public recover(): void {
    // After half a copy the binary logs still claim what the data do not have any more.
    for (const transaction of this.binlog)
      if (this.emptied) this.executed.add(transaction.gtid);
      else if (!this.executed.has(transaction.gtid)) this.execute(transaction);
    this.relay = this.relay.filter(({ gtid }) => !this.executed.has(gtid));
    this.relaySynced = Math.min(this.relaySynced, this.relay.length);
  }

  /** The power is gone: what was received and is in the kernel's memory alone is lost. Returns the rows of it. */
  public losePower(share: number): number[] {
    const kept = this.relaySynced + Math.floor((this.relay.length - this.relaySynced) * share);
    const lost = this.relay.slice(kept).flatMap(({ row }) => row ?? []);
    this.relay = this.relay.slice(0, kept);
    this.relaySynced = kept;
    this.retrieved = new GtidSet();
    for (const { gtid } of this.relay) this.retrieved.add(gtid);
    return lost;
  }

  /** The rows that it has, or has received and will apply. */
  public get allRows(): number[] {
    return [...this.rows, ...this.relay.flatMap(({ row }) => row ?? [])];
  }

  /** Whether no copy of another's data is being made in place of its own. */
  public get isComplete(): boolean {
    return !this.emptied && !this.half;
  }

  /** CLONE begins: the data of users go, the accounts stay, and so do the binary logs. */
  public empty(): void {
    this.rows = new Set();
    this.executed = new GtidSet();
    this.emptied = true;
    this.dropRelay();
  }

  /** CLONE ends: the data are another server's, with its accounts and what it replicates from. */
  public become(other: Volume): void {
    this.emptied = false;
    this.rows = new Set(other.rows);
    this.foreign = other.foreign && { ...other.foreign, rows: other.foreign.copied ? other.foreign.rows : 0 };
    this.executed = other.executed.copy();
    this.purged = other.executed.copy();
    this.trimmed += this.binlog.length;
    this.binlog = [];
    this.dropRelay();
    this.source = other.source;
    this.half = other.half;
    this.passwords = new Map([...other.passwords].map(([user, words]) => [user, { ...words }]));
  }

  /** It is as it was before its first transaction. */
  public setBack(): void {
    this.trimmed += this.binlog.length;
    this.binlog = [];
    this.lastNumber = 0;
    this.executed = new GtidSet();
    this.purged = new GtidSet();
    this.rows = new Set();
  }

  /** Binary logs that are older than their time are removed. */
  public purgeLogs(keep: number): void {
    const gone = this.binlog.filter(({ gtid }, index) => index < this.binlog.length - keep && this.executed.has(gtid));
    for (const { gtid } of gone) this.purged.add(gtid);
    this.binlog = this.binlog.slice(gone.length);
    this.trimmed += gone.length;
  }
}
