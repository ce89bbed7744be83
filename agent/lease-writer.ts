import type { Facts } from './engine';
import type { LeaseRecord } from './leader';
import { RELEASED, isMadeAnew } from './leader';
import type { LeaseStore } from './lock';

type Changes = Readonly<Record<string, string | undefined>>;

/** Writes the Lease for one process, and knows what a Lease said that vanished. */
export class LeaseWriter {
  /** The version that this process wrote last. */
  public lastVersion = '';
  private published: Facts = {};
  private deleted: LeaseRecord | undefined;
  private sought: { readonly version: string; readonly at: number } | undefined;

  public constructor(
    private readonly store: LeaseStore,
    private readonly me: string,
    private readonly own: () => Facts,
  ) {}

  /** The holder's renewal. In place of a Lease that vanished, it says all that the holder said before. */
  public renew(from: LeaseRecord | undefined, term: number, changes: Changes): Promise<LeaseRecord> {
    const before = !from || isMadeAnew(from) ? this.published : {};
    return this.write(this.me, term, { ...before, ...this.own(), ...changes }, from);
  }

  public take(from: LeaseRecord | undefined, term: number): Promise<LeaseRecord> {
    return this.write(this.me, term, { ...this.own(), leaving: undefined, [RELEASED]: undefined }, from);
  }

  public release(from: LeaseRecord, term: number, changes: Changes): Promise<LeaseRecord> {
    return this.write('', term, { ...changes, [RELEASED]: String(term) }, from);
  }

  /**
   * Makes a missing Lease, and nobody its holder: a write that expects none cannot tell a Lease that never was from one that
   * came and went. Where its end was seen, it says again what it said last.
   */
  public remake(): Promise<LeaseRecord> {
    return this.again(this.deleted ?? { holder: '', term: 0, facts: {} }, undefined);
  }

  /** Takes note of what this process wrote, or of a Lease that it saw. */
  public keep(written: LeaseRecord): void {
    this.lastVersion = written.version;
    this.published = written.facts;
  }

  public sawDeleted(lease: LeaseRecord): void {
    this.deleted = lease;
  }

  public sawLease(lease: LeaseRecord): void {
    if (!isBlank(lease)) this.deleted = undefined;
  }

  /**
   * Where an agent that began a moment ago made a missing Lease, and knew nothing of it: says again what it said last. Until then
   * nobody takes it, as whoever held it may not know yet.
   */
  public async restored(lease: LeaseRecord): Promise<LeaseRecord> {
    const { deleted } = this;
    if (!deleted || isBlank(deleted) || !isBlank(lease)) return lease;
    return this.again(deleted, lease);
  }

  /**
   * Since when the API server was asked for what happened after `last`, in milliseconds: before a missing Lease is made anew, its
   * end is sought. Infinity where there is nothing to seek.
   */
  public soughtFor(last: LeaseRecord | undefined, now: number): number {
    if (!last || this.deleted) return Infinity;
    if (this.sought?.version !== last.version) this.sought = { version: last.version, at: now };
    return now - this.sought.at;
  }

  /** Writes a Lease as it was, whoever held it. */
  private again(
    { holder, term, facts, leaseMs }: Omit<LeaseRecord, 'version'>,
    from: LeaseRecord | undefined,
  ): Promise<LeaseRecord> {
    return this.store.write({ holder, term, facts, leaseMs }, from);
  }

  private write(holder: string, term: number, facts: Changes, from: LeaseRecord | undefined): Promise<LeaseRecord> {
    return this.store.write({ holder, term, facts }, from);
  }
}

function isBlank(lease: LeaseRecord): boolean {
  return isMadeAnew(lease) && Object.keys(lease.facts).length === 0;
}
