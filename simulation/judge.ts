import type { Cluster } from './cluster';
import { LeaseJudge } from './lease-judge';
import type { Facts } from './lease-judge';
import { Losses } from './losses';
import type { Mysqld, Observer } from './mysqld/server';

/** A server that took writes as the primary. */
interface Reign {
  readonly server: Mysqld;
  readonly uuid: string;
  readonly openedAt: number;
  /** The last row that anyone may have begun to write before, where a person let it lead whatever it lacks. */
  readonly forcedAfter: number | undefined;
}

/** Watches a run, and says which rule was broken first. */
export class Judge extends LeaseJudge implements Observer {
  /** Rows that clients were told are committed; a force may excuse some. */
  public readonly committed = new Set<number>();
  /** What may be lost with a disk. */
  public readonly losses: Losses;
  /** The server that a person let lead who knew that it has everything. */
  public decided: string | undefined;
  /** Whether a server was let lead by a `force`, so that the other one may have to give up what it has beyond that. */
  public wasForced = false;
  /** When a standby was last let give up data of its own. */
  public gaveAt = Number.NEGATIVE_INFINITY;
  /** Servers that take over by a `force`. */
  private readonly forced = new Set<string>();
  private readonly reigns: Reign[] = [];
  /** Rows that the other server has received, ever. */
  private readonly replicated = new Set<number>();
  private rows = 0;

  public constructor(private readonly cluster: Cluster) {
    super(cluster);
    this.losses = new Losses(cluster, this);
  }

  public get acknowledgedCount(): number {
    return this.committed.size;
  }

  public nextRow(): number {
    return ++this.rows;
  }

  public get reign(): Reign | undefined {
    return this.reigns.at(-1);
  }

  // --- what servers tell ---

  public opened(server: Mysqld): void {
    const { trace, schedule } = this.cluster;
    const { uuid } = server.volume;
    trace.say(server.name, `takes writes, with ${server.volume.executed.toString().replace(/\s/g, '')}`);
    const { primary } = this.facts();
    // A deleted Lease says nothing until its holder has made it again.
    const led = primary ?? this.said['primary'];
    if (led !== uuid)
      this.fail(`${server.name} (${uuid}) takes writes while the Lease says that the primary is ${led}`);
    const forced = this.forced.delete(uuid);
    this.wasForced ||= forced;
    if (forced && this.decided !== uuid) this.excuse(server);
    // Who decided so knew what there was then, and not later.
    if (forced) this.decided = undefined;
    this.demandRows(server, 'leads');
    this.reigns.push({ server, uuid, openedAt: schedule.now, forcedAfter: forced ? this.rows : undefined });
  }

  public received(_: Mysqld, rows: Iterable<number>): void {
    for (const row of rows) this.replicated.add(row);
  }

  public acknowledged(server: Mysqld, row: number): void {
    const { setting } = this.cluster;
    if (server.state === 'stopping') this.fail(`${server.name} acknowledged row ${row} because of SIGTERM`);
    const { reign } = this;
    if (reign && reign.server !== server && !this.isGivenUp(row) && !reign.server.volume.rows.has(row))
      this.fail(`${server.name} acknowledged row ${row} after ${reign.server.name} took over without it`);
    if (this.replicated.has(row)) return;
    if (setting.durability === 'required') this.fail(`${server.name} acknowledged row ${row}, which no replica has`);
    const { replica } = this.facts();
    if (replica !== undefined)
      this.fail(`${server.name} acknowledged row ${row} alone, while the Lease names the replica ${replica}`);
  }

  public terminated(server: Mysqld): void {
    if (server.takesWrites) this.fail(`SIGTERM reached ${server.name} while it took writes`);
  }

  // --- what clients tell ---

  /** A client was told that its row is committed. */
  public told(row: number): void {
    this.lastAcknowledgedAt = this.cluster.schedule.now;
    const { reign } = this;
    if (this.isGivenUp(row) && !reign?.server.volume.rows.has(row)) return;
    if (this.losses.excuses(row)) return;
    this.committed.add(row);
    if (reign && !reign.server.volume.rows.has(row))
      this.fail(`row ${row} was acknowledged, and ${reign.server.name}, which leads, does not have it`);
  }

  /** Whether a row was begun before a `force` let the present server lead. */
  private isGivenUp(row: number): boolean {
    return row <= (this.reign?.forcedAfter ?? -1);
  }

  public isReplicated(row: number): boolean {
    return this.replicated.has(row);
  }

  /** Whether the server has all that clients were told. */
  public demandRows({ name, volume }: Pick<Mysqld, 'name' | 'volume'>, what: string, received = false): void {
    const missing: number[] = [];
    for (const row of this.committed)
      if (!volume.rows.has(row) && !(received && volume.relay.some((each) => each.row === row))) missing.push(row);
    if (missing.length === 0) return;
    const some = missing.slice(0, 5).join(', ');
    this.fail(`${name} ${what}, and ${missing.length} acknowledged rows are lost, ${some} among them`);
  }

  // --- what the API server tells ---

  protected leaseChanged(facts: Facts, was: Facts): void {
    if (facts['primary'] !== was['primary']) this.losses.leads(facts['primary']);
    if (facts['gives'] !== undefined) this.gaveAt = this.cluster.schedule.now;
    if (facts['primary'] !== was['primary'] && this.isForced(facts['primary'], was)) this.forced.add(facts['primary']!);
  }

  /** Whether a server begins to lead by a `force`, as nothing else in the Lease let it. */
  private isForced(uuid: string | undefined, { force, term = '0', replica, boot }: Facts): boolean {
    const machine = this.cluster.slices.find(({ volume }) => volume.uuid === uuid)?.machine;
    const named = replica === uuid && (boot === undefined || boot === machine?.boot);
    return uuid !== undefined && force === `${uuid}@${term}` && !named;
  }

  /** The Lease names a replica: that one has everything. */
  protected named({ replica: uuid, boot }: Facts): void {
    const slice = this.cluster.slices.find(({ volume }) => volume.uuid === uuid);
    // What its primary had sent may arrive after the volume was lost.
    if (this.losses.has(uuid)) return;
    if (!slice) return this.fail(`the Lease names ${uuid}, which nobody is`);
    // Named for an earlier run of its machine, nobody relies on it.
    if (boot !== undefined && boot !== slice.machine.boot) return;
    this.demandRows({ name: slice.pod, volume: slice.volume }, 'was named as the replica', true);
  }

  /** A person decided that this server leads: what it lacks is given up. */
  private excuse({ name, volume }: Mysqld): void {
    this.cluster.trace.say('judge', `${name} was forced to lead`);
    for (const row of this.committed) if (!volume.rows.has(row)) this.committed.delete(row);
  }
}
