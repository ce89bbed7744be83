import type { Answer, Ask, LeaseRecord } from './leader';

/** The Lease object. Every call settles within the client's time-out; a failure is an exception. */
export interface LeaseStore {
  read(): Promise<LeaseRecord | undefined>;
  /** Changes the record that was read, or makes it. Throws `Conflict` where it has changed since. */
  write(change: LeaseChange, from: LeaseRecord | undefined): Promise<LeaseRecord>;
  /**
   * Tells each change after `from`, then once that the watch has ended. Where the Lease was deleted it tells what that said
   * last. Returns what closes it.
   */
  watch(
    from: LeaseRecord | undefined,
    changed: (lease: LeaseRecord | undefined, deleted?: LeaseRecord) => void,
    ended: () => void,
  ): () => void;
}

export interface LeaseChange {
  readonly holder: string;
  readonly term: number;
  readonly facts: Readonly<Record<string, string | undefined>>;
  /** How long it is good for without a renewal, in milliseconds. @default - this process's own time */
  readonly leaseMs?: number | undefined;
}

/** Another process changed the Lease first. */
export class Conflict extends Error {}

/** The other pods of the pair, asked without the API server. */
export interface Peers {
  /** Whether every one of them agrees. Settles within `timeoutMs`. */
  agree(ask: Ask, timeoutMs: number): Promise<Answer>;
}

/** What the elector tells; none of these may throw. */
export interface Listener {
  /** Whether this pod wants to be the active one now. */
  willing(lease: LeaseRecord | undefined): Promise<boolean>;
  won(term: number, lease: LeaseRecord | undefined, attempt: { readonly reason: string; readonly ms: number }): void;
  lost(term: number, reason: string): void;
  /** The Lease was seen to change, by whomever. */
  changed(lease: LeaseRecord | undefined): void;
  trouble(what: string, error: unknown): void;
}
