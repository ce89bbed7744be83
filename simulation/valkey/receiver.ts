import type { Command } from './history';
import { Link } from './link';
import type { ValkeyModel } from './server';
import { sha256 } from './session';

/** `repl-timeout`: after so many seconds without a word of its source, a replica connects again. */
const SILENCE_S = 30;

/** How a server follows another. */
export class Receiver {
  public source: { readonly host: string; readonly port: number } | undefined = { host: '127.0.0.1', port: 1 };
  public linked = false;
  /** Whether a copy of the source's data is under way. */
  public syncing = false;
  private link: Link | undefined;
  private connecting = false;
  /** Counts what was asked for, so that an answer to another question is not taken. */
  private tries = 0;
  private heardAt = 0;
  /** What comes while a copy is under way. */
  private waiting: Command[] = [];
  private copies = 0;

  public constructor(private readonly server: ValkeyModel) {}

  public follow(host: string, port: number): void {
    this.end();
    this.source = { host, port };
    this.connect();
  }

  /** Follows nobody any more. */
  public leave(): void {
    this.end();
    this.source = undefined;
  }

  private end(): void {
    this.tries++;
    this.connecting = this.linked = this.syncing = false;
    this.link?.dropByReplica();
    this.link = undefined;
  }

  public lost(link: Link): void {
    if (this.link !== link) return;
    this.end();
  }

  /** Once a second: tells the source how far it is, or tries again. */
  public look(): void {
    const { link, server } = this;
    if (link && this.linked) link.say(() => link.source.acknowledgedBy(link));
    if (link && server.process.now() / 1_000 - this.heardAt > SILENCE_S) this.end();
    else if (!link && this.connecting && server.process.now() / 1_000 - this.heardAt > SILENCE_S) this.end();
    if (!this.link && !this.connecting) this.connect();
  }

  private connect(): void {
    const { source, server } = this;
    if (!source || server.loading || source.host === '127.0.0.1') return;
    const { around, machine } = server;
    const found = around.find(source.host);
    if (!found || found.server === server) return;
    const tried = ++this.tries;
    this.connecting = true;
    this.heardAt = server.process.now() / 1_000;
    const there = found.machine.name;
    const back = (run: () => void) =>
      around.network.send(there, machine.name, () => server.process.do(() => tried === this.tries && run()));
    around.network.send(machine.name, there, () => {
      const now = around.find(source.host);
      if (!now?.machine.on) return;
      const other = now.server;
      if (!other?.listens || !other.process.alive) return back(() => (this.connecting = false));
      other.process.do(() => {
        if (other.loading || !other.accounts.get('internal')?.includes(sha256(server.primaryauth)))
          return back(() => (this.connecting = false));
        const link = new Link(other, server, around.network);
        back(() => this.begin(link));
      });
    });
  }

  private begin(link: Link): void {
    this.connecting = false;
    this.link = link;
    const { id, offset } = this.server.history;
    link.sayFirst(() => link.source.serve(link, id, offset));
  }

  // --- what the source sends ---

  /** It has everything until here, and goes on with the history of its source. */
  public goesOn(history: string): void {
    this.hear();
    const { server } = this;
    if (history !== server.history.id) server.dropReplicas();
    server.history.join(history);
    server.history.keep();
    this.linked = true;
  }

  public hears(command: Command): void {
    this.hear();
    if (this.syncing) this.waiting.push(command);
    else this.server.apply(command);
  }

  public beginsCopy(): void {
    this.hear();
    this.syncing = true;
    this.waiting = [];
  }

  /** The copy has arrived: it replaces all data in memory, and after that those on the disk. */
  public copied(rows: readonly number[], history: string, offset: number): void {
    this.hear();
    const { server } = this;
    const { random } = server.around;
    const tried = this.tries;
    const number = ++this.copies;
    server.rewriting = server.loading = true;
    server.rows = [];
    server.dropReplicas();
    server.process.after(random.between(5, 800), () => {
      server.rows = [...rows];
      server.loading = false;
      server.history.copy(history, offset);
      if (tried === this.tries) this.copyIsIn();
      server.process.after(random.between(10, 3_000), () => {
        if (number !== this.copies) return;
        server.volume.log = [...server.rows];
        server.rewriting = false;
      });
    });
  }

  private copyIsIn(): void {
    this.syncing = false;
    this.linked = true;
    for (const command of this.waiting) if (command.end > this.server.history.offset) this.server.apply(command);
    const { link } = this;
    if (link) link.say(() => link.source.acknowledgedBy(link));
  }

  private hear(): void {
    this.heardAt = this.server.process.now() / 1_000;
  }
}
