/** A command of a history: a row that was written, or a ping of the primary's. `end` is the offset after it. */
export interface Command {
  readonly row: number | undefined;
  readonly end: number;
}

/** How long a command is, in bytes: a write, and a ping. */
export const WRITE_BYTES = 60;
export const PING_BYTES = 14;

/** What of its history a server keeps for replicas that were away (`repl-backlog-size`), in bytes. */
const BACKLOG_BYTES = 6_000;

/** The history that a server's data are of, how far it has got, and the last part of it. */
export class History {
  /** Whether the end of it is kept: from the first replica on. */
  public kept = false;
  public offset = 0;
  public before = { history: '0'.repeat(40), offset: -1 };
  private commands: Command[] = [];

  public constructor(public id: string) {}

  /** A command that this server makes. */
  public add(row: number | undefined): Command {
    // Without a replica ever, only writes are counted.
    const bytes = row === undefined ? PING_BYTES : WRITE_BYTES;
    return this.take({ row, end: this.offset + (this.kept ? bytes : 1) });
  }

  /** A command of the source's. */
  public take(command: Command): Command {
    this.offset = command.end;
    if (!this.kept) return command;
    this.commands.push(command);
    while (this.commands[0]!.end < this.offset - BACKLOG_BYTES) this.commands.shift();
    return command;
  }

  public keep(): void {
    this.kept = true;
  }

  /** Begins to lead: another history, which goes on where this one is. */
  public fork(id: string): void {
    this.before = { history: this.id, offset: this.offset + 1 };
    this.id = id;
  }

  /** Goes on in the history of a source, as it had the same until here. */
  public join(id: string): void {
    if (id === this.id) return;
    this.before = { history: this.id, offset: this.offset + 1 };
    this.id = id;
  }

  /** Has a copy of a source's data. */
  public copy(id: string, offset: number): void {
    this.id = id;
    this.offset = offset;
    this.before = { history: '0'.repeat(40), offset: -1 };
    this.commands = [];
    this.kept = true;
  }

  /** What a replica lacks that has got so far in a history; undefined where it needs a copy. */
  public after(id: string, offset: number): readonly Command[] | undefined {
    const same = id === this.id || (id === this.before.history && offset + 1 <= this.before.offset);
    const first = this.commands[0];
    if (!this.kept || !same || offset > this.offset) return undefined;
    if (offset < this.offset && (!first || offset < this.startOf(first))) return undefined;
    return this.commands.filter(({ end }) => end > offset);
  }

  private startOf({ row, end }: Command): number {
    return end - (row === undefined ? PING_BYTES : WRITE_BYTES);
  }
}
