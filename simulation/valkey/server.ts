import type { Machine } from '../machine';
import { Process } from '../machine';
import type { Network } from '../network';
import type { Random } from '../random';
import type { Trace } from '../trace';
import type { Command } from './history';
import { History } from './history';
import type { Link } from './link';
import { Receiver } from './receiver';
import type { Session } from './session';
import { HELD_BY_ITSELF, MAX_LAG_S } from './settings';
import type { Volume } from './volume';

/** What is told of a server to whoever judges the run. */
export interface Observer {
  /** Clients may write from now on, as far as replicas allow it. */
  opened(server: ValkeyModel): void;
  /** A client is about to be told that its row is written. */
  acknowledged(server: ValkeyModel, row: number): void;
}

/** What a server sees of the cluster. */
export interface Surroundings {
  readonly network: Network;
  readonly random: Random;
  readonly trace: Trace;
  /** The server at a name or an address; undefined where there is nobody. */
  find(host: string): { readonly machine: Machine; readonly server: ValkeyModel | undefined } | undefined;
}

/** How long it takes to start, and to read its log, in milliseconds. */
const START_MS: readonly [number, number] = [20, 300];
const LOAD_MS: readonly [number, number] = [5, 2_000];
const STOP_MS: readonly [number, number] = [10, 500];
/** The period of what Valkey does now and then, in milliseconds. */
const CRON_MS = 1_000;
/** `repl-timeout`, in seconds. */
const TIMEOUT_S = 30;

/** A running valkey-server, as far as a pair depends on it: `INFO`, replication, its log, and who may write. */
export class ValkeyModel {
  public readonly process: Process;
  public readonly run: string;
  public readonly history: History;
  public readonly links = new Set<Link>();
  public readonly sessions = new Set<Session>();
  public readonly receiver: Receiver;
  /** What it has in memory, in the order in which it was written. */
  public rows: number[] = [];
  public loading = true;
  /** Whether its log is written anew, so that its volume has what was there before. */
  public rewriting = false;
  public leads = false;
  public needed = HELD_BY_ITSELF;
  public primaryauth = '';
  public listens = false;
  /** The passwords of each account, as SHA-256. */
  public readonly accounts: Map<string, readonly string[]>;
  private good = 0;
  private ids = 0;

  public constructor(
    public readonly name: string,
    public readonly volume: Volume,
    public readonly machine: Machine,
    public readonly around: Surroundings,
    accounts: ReadonlyMap<string, readonly string[]>,
    private readonly observer: Observer,
    private readonly exited: (code: number) => void,
  ) {
    this.process = new Process(`valkey ${name}`, machine);
    this.accounts = new Map(accounts);
    this.run = this.newId();
    this.history = new History(this.newId());
    this.receiver = new Receiver(this);
    const { random } = around;
    this.process.after(random.between(...START_MS), () => {
      this.listens = true;
      this.process.after(random.between(...LOAD_MS), () => this.loaded());
      this.process.after(CRON_MS, () => this.cron());
    });
  }

  /** Whether a client's write would be taken now. */
  public get takesWrites(): boolean {
    return this.process.alive && this.leads && this.good >= this.needed;
  }

  /** Whether it would take writes with enough replicas. */
  public get isOpen(): boolean {
    return this.process.alive && this.leads;
  }

  private get seconds(): number {
    return Math.floor(this.machine.now() / 1_000);
  }

  private loaded(): void {
    this.rows = [...this.volume.log];
    this.loading = false;
  }

  private newId(): string {
    const { random } = this.around;
    const text = () =>
      Math.floor(random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return `${text()}${text()}${String(this.ids++).padStart(24, '0')}`;
  }

  /** A client writes: returns why not, '' where it is done. */
  public write(row: number): string {
    if (this.loading) return 'LOADING Valkey is loading the dataset in memory';
    if (!this.leads) return "READONLY You can't write against a read only replica.";
    if (this.good < this.needed) return 'NOREPLICAS Not enough good replicas to write.';
    this.rows.push(row);
    this.log(row);
    this.feed(row);
    this.observer.acknowledged(this, row);
    return '';
  }

  /** A command of the source's reaches it, and goes on to its own replicas. */
  public apply(command: Command): void {
    const { row } = command;
    this.history.take(command);
    if (row !== undefined) {
      this.rows.push(row);
      this.log(row);
    }
    this.send(command);
  }

  private log(row: number): void {
    if (!this.rewriting) this.volume.log.push(row);
  }

  /** Adds to its own history, and sends that to its replicas. */
  private feed(row: number | undefined): void {
    this.send(this.history.add(row));
  }

  private send(command: Command): void {
    for (const link of this.links) if (link.ackAt !== undefined) link.send(() => link.replica.receiver.hears(command));
  }

  /** A replica asks for what it lacks. */
  public serve(link: Link, id: string, offset: number): void {
    // It has nothing to give as long as it follows nobody: NOMASTERLINK.
    if (!this.leads && !this.receiver.linked) return link.refuse();
    this.links.add(link);
    const { history, around } = this;
    const missing = history.after(id, offset);
    if (missing) {
      link.ackAt = this.seconds;
      const { id: own } = history;
      link.send(() => link.replica.receiver.goesOn(own));
      for (const command of missing) link.send(() => link.replica.receiver.hears(command));
      return this.countReplicas();
    }
    history.keep();
    // The copy is of this moment, and what comes after it is sent after it.
    const copy = { rows: [...this.rows], id: history.id, offset: history.offset };
    link.ackAt = Number.NEGATIVE_INFINITY;
    link.send(() => link.replica.receiver.beginsCopy());
    this.process.after(around.random.between(50, 1_500), () => {
      const arrived = () => link.replica.receiver.copied(copy.rows, copy.id, copy.offset);
      link.send(arrived);
    });
  }

  /** A replica says how far it is. */
  public acknowledgedBy(link: Link): void {
    const wasOnline = link.ackAt !== Number.NEGATIVE_INFINITY;
    link.ackAt = this.seconds;
    if (!wasOnline) this.countReplicas();
  }

  public countReplicas(): void {
    this.good = [...this.links].filter(({ ackAt }) => ackAt !== undefined && this.seconds - ackAt <= MAX_LAG_S).length;
  }

  /** `REPLICAOF NO ONE`. */
  public lead(): void {
    if (this.leads) return;
    this.receiver.leave();
    this.history.fork(this.newId());
    // Its replicas are to hear of the new history.
    this.dropReplicas();
    this.leads = true;
    this.observer.opened(this);
  }

  /** `REPLICAOF host port`. Its replicas stay connected until it has another history. */
  public follow(host: string, port: number): void {
    this.leads = false;
    this.receiver.follow(host, port);
  }

  public dropReplicas(): void {
    for (const link of this.links) link.dropBySource();
  }

  private cron(): void {
    this.receiver.look();
    if (this.leads && this.links.size > 0) this.feed(undefined);
    for (const link of this.links)
      if (link.ackAt !== undefined && link.ackAt > 0 && this.seconds - link.ackAt > TIMEOUT_S) link.dropBySource();
    this.countReplicas();
    this.process.after(CRON_MS, () => this.cron());
  }

  public endClients(user: string): void {
    for (const session of this.sessions) if (session.user === user) session.end();
  }

  /** SIGTERM. */
  public terminate(): void {
    this.process.do(() => {
      this.listens = false;
      this.process.after(this.around.random.between(...STOP_MS), () => this.exit(0));
    });
  }

  /** SIGKILL. */
  public kill(): void {
    this.exit(137);
  }

  public exit(code: number): void {
    if (!this.process.alive) return;
    this.process.end();
    this.exited(code);
  }
}
