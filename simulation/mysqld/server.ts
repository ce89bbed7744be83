import type { Machine } from '../machine';
import { Process } from '../machine';
import type { Network, Place } from '../network';
import type { Random } from '../random';
import { Applier } from './applier';
import { Clone } from './clone';
import { Commits } from './commits';
import type { Login, Surroundings } from './dial';
import { refusedOffline } from './dial';
import type { GtidSet } from './gtid-set';
import { Link } from './link';
import { MySqlError } from '../../agent/mysql/client';
import { ReadLock } from './read-lock';
import { Receiver } from './receiver';
import { SemiSync } from './semi-sync';
import type { Session } from './session';
import type { Volume } from './volume';

/** What is told of a mysqld to whoever judges the run. */
export interface Observer {
  /** Clients may write from now on. */
  opened(server: Mysqld): void;
  /** It has received rows of its source. */
  received(server: Mysqld, rows: Iterable<number>): void;
  /** A client is told that its row is committed. */
  acknowledged(server: Mysqld, row: number): void;
  /** SIGTERM arrives. */
  terminated(server: Mysqld): void;
}

/** How long mysqld takes to start, and to stop. */
const START_MS: readonly [number, number] = [300, 4_000];
const STOP_MS: readonly [number, number] = [200, 3_000];

/** Accounts with CONNECTION_ADMIN: offline mode does not end their connections, replicas' and copies' among them. */
const STAYS_ONLINE: readonly string[] = ['agent', 'replication'];

/** The exit code after CLONE: whoever started it is to start it again. */
export const RESTART = 16;

/** A running mysqld, as far as a pair depends on it. It stands on a volume that outlives it. */
export class Mysqld {
  public readonly process: Process;
  public readonly lock: ReadLock;
  public readonly semiSync: SemiSync;
  public readonly commits: Commits;
  public readonly receiver: Receiver;
  public readonly applier: Applier;
  public readonly clone: Clone;
  public readonly links = new Set<Link>();
  public readonly sessions = new Set<Session>();
  public state: 'starting' | 'ready' | 'stopping' = 'starting';
  public offline = false;
  public donors = '';
  /** How much longer than usual each statement and each commit takes, in milliseconds. */
  public slowMs = 0;
  private ids = 10;
  private open = false;

  public constructor(
    public readonly name: string,
    public readonly volume: Volume,
    public readonly machine: Machine,
    public readonly around: Surroundings,
    private readonly observer: Observer,
    /** Called once, with the exit code. */
    private readonly exited: (code: number) => void,
  ) {
    this.process = new Process(`mysqld ${name}`, machine, () => this.vanish());
    this.lock = new ReadLock(() => this.look());
    this.semiSync = new SemiSync(this.process);
    this.commits = new Commits(this);
    this.receiver = new Receiver(this);
    this.applier = new Applier(this);
    this.clone = new Clone(this);
    this.process.after(this.random.between(...START_MS), () => {
      volume.recover();
      this.state = 'ready';
    });
  }

  public get network(): Network {
    return this.around.network;
  }

  public get random(): Random {
    return this.around.random;
  }

  public get place(): Place {
    return this.machine.name;
  }

  public get listens(): boolean {
    return this.process.alive && this.state === 'ready';
  }

  /** How it stands, for a person. */
  public get standing(): object {
    const { state, lock, offline, semiSync, receiver, applier, volume, links, process } = this;
    const { enabled, on, timeoutMs, waiting } = semiSync;
    return {
      state,
      stopped: process.stopped,
      readOnly: [lock.readOnly, lock.superReadOnly, lock.shownSuper],
      inFlight: lock.underWay,
      offline,
      semiSync: { enabled, on, timeoutMs, waiting, clients: links.size },
      receives: [volume.source?.host, receiver.state, receiver.error],
      applies: [applier.running, applier.error, volume.relay.length],
      executed: volume.executed.toString().replace(/\s/g, ''),
      half: volume.half,
    };
  }

  public nextId(): number {
    return ++this.ids;
  }

  /** Whether clients may write. */
  public get takesWrites(): boolean {
    return this.open && this.process.alive;
  }

  public logIn({ user, password }: Login): Error | undefined {
    const passwords = this.volume.passwords.get(user);
    if (!passwords || (password !== passwords.now && password !== passwords.before))
      return new MySqlError(1045, '28000', `Access denied for user '${user}'`);
    if (this.offline && !STAYS_ONLINE.includes(user)) return refusedOffline();
    return undefined;
  }

  /** A replica begins to read the binary log; returns an error where it cannot. */
  public addReplica(receiver: Receiver, uuid: string, has: GtidSet): Link | string {
    const { volume } = this;
    if (uuid === volume.uuid) return 'source and replica have equal MySQL server UUIDs';
    if (!volume.purged.isIn(has)) return 'Got fatal error 1236 from source: the source has purged required binary logs';
    if (has.last(volume.uuid) > volume.lastOwn)
      return "Got fatal error 1236 from source: Replica has more GTIDs than the source has, using the source's SERVER_UUID";
    // A connection that the same replica had before is ended.
    for (const link of this.links) if (link.replicaUuid === uuid) link.drop();
    const link = new Link(this, receiver, uuid, has);
    this.links.add(link);
    link.send();
    return link;
  }

  public setOffline(offline: boolean): void {
    this.offline = offline;
    if (offline) {
      for (const session of this.sessions) if (!STAYS_ONLINE.includes(session.user)) session.end();
    }
    this.look();
  }

  /** What clients may do has changed, perhaps. */
  public look(): void {
    const open = !this.lock.readOnly && !this.lock.superReadOnly && !this.offline && this.state === 'ready';
    const opened = open && !this.open;
    this.open = open;
    if (opened) this.observer.opened(this);
  }

  public acknowledged(row: number): void {
    this.observer.acknowledged(this, row);
  }

  public received(rows: Iterable<number>): void {
    this.observer.received(this, rows);
  }

  /** SIGTERM: it takes no connections, and lets commits go that wait for a replica. */
  public terminate(): void {
    this.process.do(() => {
      if (this.state === 'stopping') return;
      this.observer.terminated(this);
      this.state = 'stopping';
      this.semiSync.switchOff();
      for (const session of this.sessions) session.end();
      for (const link of this.links) link.drop();
      this.process.after(this.random.between(...STOP_MS), () => this.exit(0));
    });
  }

  /** SIGKILL. */
  public kill(): void {
    this.exit(137);
  }

  public exit(code: number): void {
    if (!this.process.alive) return;
    // The kernel closes its connections.
    for (const session of this.sessions) session.end();
    for (const link of this.links) link.drop();
    this.receiver.abandon();
    this.clone.cutDonor();
    this.process.end();
    this.exited(code);
  }

  private vanish(): void {
    this.open = false;
  }
}
