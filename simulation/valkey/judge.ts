import { LeaseJudge } from '../lease-judge';
import type { Facts } from '../lease-judge';
import type { ValkeyCluster } from './cluster';
import type { Observer, ValkeyModel } from './server';

/**
 * What docs/valkey.md says of a takeover that nobody planned: writes that the primary acknowledged in its last moments may be lost, those
 * of so many milliseconds at most. A pause in which it acknowledged nothing does not count.
 */
const LOSS_MS = 3_500;
const PAUSE_MS = 1_000;
/** The same where each write requires a replica and the primary's agent worked: a clock may be a tenth slow. */
const REQUIRED_LOSS_MS = 800;
/** How long a server that goes on after it hung answers what had reached it, until it is made to refuse writes, in milliseconds. */
const WAKES_MS = 500;

/** A server that took writes as the primary. */
interface Reign {
  readonly server: ValkeyModel;
  readonly openedAt: number;
  /** When it acknowledged a row last while its agent was gone, or hung, or just after. */
  unwatchedAt: number;
}

/** Watches a pair of Valkey servers, and says which rule was broken first. */
export class ValkeyJudge extends LeaseJudge implements Observer {
  /** Volumes that were lost, by their identifiers. */
  private readonly lostVolumes = new Set<string>();
  /** Rows that clients were told are written and that nobody has given up, and when the server said so. */
  private readonly kept = new Map<number, number>();
  private readonly acknowledgedAt = new Map<number, number>();
  private readonly reigns: Reign[] = [];
  /** Servers that take over by a `force`. */
  private readonly forced = new Set<string>();
  /** Those that a person let lead, whatever they have: they lead again by that word. */
  private readonly letLead = new Set<string>();
  /** Whether the last holder gave the Lease back to its peer, and nobody has led since. */
  private handedOver = false;
  private rows = 0;

  public constructor(private readonly cluster: ValkeyCluster) {
    super(cluster);
  }

  public get acknowledgedCount(): number {
    return this.acknowledgedAt.size;
  }

  public nextRow(): number {
    return ++this.rows;
  }

  /** Nobody else may have what the primary acknowledged. */
  public volumeLost(id: string): void {
    this.lostVolumes.add(id);
    if (this.facts()['primary'] === id) this.needsPerson = true;
  }

  // --- what servers and clients tell ---

  public opened(server: ValkeyModel): void {
    const { trace, schedule, slices } = this.cluster;
    const { id } = server.volume;
    trace.say(server.name, `leads, with ${server.rows.length} rows`);
    // A deleted Lease says nothing until its holder has made it again.
    const led = this.facts()['primary'] ?? this.said['primary'];
    if (led !== id) this.fail(`${server.name} (${id}) leads while the Lease says that the primary is ${led}`);
    const forced = this.forced.delete(id);
    if (forced) this.letLead.add(id);
    const other = slices.find(({ volume }) => volume !== server.volume)!;
    if (server.rows.length === 0 && other.volume.log.length > 0 && !this.letLead.has(id))
      this.fail(`${server.name} leads with nothing, and ${other.pod} has ${other.volume.log.length} rows`);
    this.give(server, forced);
    this.reigns.push({ server, openedAt: schedule.now, unwatchedAt: Number.NEGATIVE_INFINITY });
    this.handedOver = false;
  }

  /** What a server that begins to lead lacks is lost: it may be little, and of the last moments. */
  private give(server: ValkeyModel, forced: boolean): void {
    const has = new Set(server.rows);
    const lost = [...this.kept].filter(([row]) => !has.has(row)).sort(([, a], [, b]) => a - b);
    for (const [row] of lost) this.kept.delete(row);
    if (forced || lost.length === 0) return;
    const before = this.reigns.at(-1)?.server.volume;
    const what = `${server.name} leads, and ${lost.length} acknowledged rows are lost, ${lost[0]![0]} the first`;
    this.cluster.trace.say('judge', what);
    if (before === server.volume) this.fail(`${what}: it led before`);
    if (this.handedOver) this.fail(`${what}: it was a planned stop`);
    const times = lost.map(([, at]) => at);
    const ms = times.slice(1).reduce((sum, at, index) => sum + Math.min(PAUSE_MS, at - times[index]!), 0);
    if (ms > this.mostLost(times[0]!)) this.fail(`${what}: they were acknowledged within ${Math.round(ms)} ms`);
  }

  /** How many milliseconds of writes may be lost, of which the first was acknowledged then. */
  private mostLost(from: number): number {
    const watched = (this.reigns.at(-1)?.unwatchedAt ?? from) < from;
    return this.cluster.setting.durability === 'required' && watched ? REQUIRED_LOSS_MS : LOSS_MS;
  }

  public acknowledged(server: ValkeyModel, row: number): void {
    const { schedule, pods, manifests } = this.cluster;
    const now = schedule.now;
    this.acknowledgedAt.set(row, now);
    const reign = this.reigns.at(-1);
    const agent = pods.get(server.name)?.agent?.process;
    const works = agent?.alive === true && !agent.stopped;
    if (reign?.server === server && (!works || now - agent.resumedAt < PAUSE_MS)) reign.unwatchedAt = now;
    if (!reign || reign.server === server) return;
    // A watchdog ends a server whose agent hangs or is gone.
    const { giveUpMs } = manifests.config.timings;
    const allowed = works ? 0 : giveUpMs + 500;
    const ms = Math.round(now - reign.openedAt);
    const wakes = now - server.process.resumedAt < WAKES_MS;
    if (ms > allowed && !wakes)
      this.fail(`${server.name} acknowledged a row ${ms} ms after ${reign.server.name} began to lead`);
  }

  /** A client was told that its row is written. */
  public told(row: number): void {
    this.lastAcknowledgedAt = this.cluster.schedule.now;
    this.kept.set(row, this.acknowledgedAt.get(row)!);
    const { server } = this.reigns.at(-1)!;
    // A server that had no time left may have acknowledged it.
    if (!server.rows.includes(row) && !server.loading && !server.volume.log.includes(row)) this.kept.delete(row);
  }

  /** Whether a server has all that nobody has given up. */
  public demandRows(server: ValkeyModel, what: string, before = Infinity): void {
    const has = new Set(server.rows);
    const missing = [...this.kept].filter(([row, at]) => at < before && !has.has(row));
    if (missing.length > 0) this.fail(`${server.name} ${what}, and lacks ${missing.length} acknowledged rows`);
  }

  // --- what the API server tells ---

  protected leaseChanged(facts: Facts, was: Facts): void {
    const { primary } = facts;
    const { api, leasePath } = this.cluster;
    // Made anew by an agent that had never seen it.
    if (primary === undefined && this.said['primary'] !== undefined && api.get(leasePath)) this.needsPerson = true;
    if (primary === was['primary']) return;
    // What an agent had sent may arrive after its volume was lost.
    if (primary !== undefined && this.lostVolumes.has(primary)) this.needsPerson = true;
    const { force, term = '0', replica } = was;
    const run = this.serverOf(primary)?.run;
    if (primary !== undefined && force === `${primary}@${term}` && replica !== run) this.forced.add(primary);
  }

  protected override released(facts: Facts): void {
    this.handedOver = facts['leaving'] !== undefined;
  }

  protected named({ replica }: Facts): void {
    const server = this.cluster.allPods.map(({ container }) => container?.server).find((each) => each?.run === replica);
    // A run that has ended is relied on by nobody.
    if (server) this.demandRows(server, 'was named as the replica', this.cluster.schedule.now - LOSS_MS);
  }

  private serverOf(id: string | undefined): ValkeyModel | undefined {
    return this.cluster.allPods.find(({ slice }) => slice.volume.id === id)?.container?.server;
  }
}
