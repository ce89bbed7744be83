import type { Json } from '../agent/kube';
import { FENCE } from '../constructs/mysql/mysql';
import type { KubeObject } from './api-server';
import type { Cluster } from './cluster';
import type { Mysqld, Observer } from './mysqld/server';
import { API } from './network';
import { Losses } from './losses';
import type { Pod } from './pod';

const PREFIX = 'cdk8s-slices/';
/** How long a standby may still take writes, and how often that is looked at, in milliseconds. */
const STANDBY_MS = 3_000;
const LOOK_MS = 500;
/** Within which a deleted Lease is made anew by an agent that saw it, in milliseconds. */
const WITNESS_MS = 5_000;

type Facts = Readonly<Record<string, string | undefined>>;

/** A server that took writes as the primary. */
interface Reign {
  readonly server: Mysqld;
  readonly uuid: string;
  readonly openedAt: number;
  /** The last row that anyone may have begun to write before, where a person let it lead whatever it lacks. */
  readonly forcedAfter: number | undefined;
}

/** Watches a run, and says which rule was broken first. */
export class Judge implements Observer {
  public violation: string | undefined;
  /** Rows that clients were told are committed; a force may excuse some. */
  public readonly committed = new Set<number>();
  public lastAcknowledgedAt = 0;
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
  /** Whether a person edits objects at this moment. */
  public byHand = false;
  /** Whether what the Lease said may be known to nobody any more, so that a person has to say who leads. */
  public needsPerson = false;
  /** The Events of the pods since a wave of faults began. */
  public readonly events: { readonly pod: string; readonly reason: string; readonly message: string }[] = [];
  private readonly reigns: Reign[] = [];
  /** Rows that the other server has received, ever. */
  private readonly replicated = new Set<number>();
  private rows = 0;
  /** What the Lease said last while it named a primary. It is missing for a moment where somebody deleted it. */
  private said: Facts = {};
  /** The highest term that each agent has seen in a Lease, by its identity. */
  private readonly seenTerms = new Map<string, number>();
  private readonly standbySince = new Map<Pod, number>();

  public constructor(private readonly cluster: Cluster) {
    this.losses = new Losses(cluster, this);
    cluster.api.onChange = (path, after, before) => this.changed(path, after, before);
    this.look();
  }

  public nextRow(): number {
    return ++this.rows;
  }

  public get reign(): Reign | undefined {
    return this.reigns.at(-1);
  }

  public fail(rule: string): void {
    if (this.violation || this.cluster.setting.ignore?.some((text) => rule.includes(text))) return;
    this.violation = rule;
    this.cluster.trace.say('judge', `BROKEN: ${rule}`);
  }

  /** After each event: nobody shares the Lease. */
  public step(): void {
    let active = 0;
    for (const { agent } of this.cluster.pods.values()) {
      if (!agent) continue;
      if (agent.active) active++;
      const { identity, elector } = agent.assembly;
      const term = elector.lease?.term ?? 0;
      if (term > this.seenTerm(identity)) this.seenTerms.set(identity, term);
    }
    if (active > 1) this.fail('two agents are active');
  }

  private seenTerm(identity: string): number {
    return this.seenTerms.get(identity) ?? 0;
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

  public facts(): Facts {
    return factsOf(this.cluster.api.get(this.cluster.leasePath));
  }

  /** The Lease is about to be deleted. Who saw it last has to live for long enough to make it anew. */
  public leaseGoes(): void {
    const { agents, api, leasePath, network, schedule } = this.cluster;
    const version = api.get(leasePath)?.metadata['resourceVersion'];
    if (version === undefined) return;
    const knows = agents.filter(({ process, assembly, place }) => {
      const reaches = network.reaches(place.node, API) && network.reaches(API, place.node);
      return process.alive && reaches && assembly.elector.lease?.version === version;
    });
    schedule.after(WITNESS_MS, () => {
      if (!knows.some(({ process }) => process.alive && !process.stopped)) this.needsPerson = true;
    });
    if (knows.length === 0) this.needsPerson = true;
  }

  private changed(path: string, after: KubeObject | undefined, before: KubeObject | undefined): void {
    const { cluster } = this;
    if (after?.['kind'] === 'Event') this.heard(after);
    if (path !== cluster.leasePath) return;
    const [now, then] = [specOf(after), specOf(before)];
    const facts = factsOf(after);
    const holder = holderOf(now);
    const term = Number(now['leaseTransitions'] ?? 0);
    if (holder !== holderOf(then) || changedFacts(facts, factsOf(before)))
      cluster.trace.say('lease', `${holder || 'nobody'} in term ${term} ${JSON.stringify(facts)}`);
    const was = factsOf(before);
    if (facts['primary'] !== undefined) this.said = facts;
    if (facts['primary'] !== was['primary']) this.losses.leads(facts['primary']);
    if (facts['gives'] !== undefined) this.gaveAt = cluster.schedule.now;
    if (facts['primary'] !== was['primary'] && this.isForced(facts['primary'], was)) this.forced.add(facts['primary']!);
    if (this.byHand) return;
    if (holder !== '') {
      // One that was deleted may be made again by a process that never saw it: that begins at 1.
      const before = Math.max(this.seenTerm(holder), Number(then['leaseTransitions'] ?? 0));
      if (term < before) this.fail(`the term of the Lease went from ${before} back to ${term}`);
    } else if (holderOf(then) !== '' && after) this.released(holderOf(then));
    // A Lease that was deleted is made again with what it said: nobody is named by that.
    if (facts['replica'] !== undefined && before && facts['replica'] !== factsOf(before)['replica'])
      this.named(facts['replica'], facts['boot']);
  }

  /** Whether a server begins to lead by a `force`, as nothing else in the Lease let it. */
  private isForced(uuid: string | undefined, { force, term = '0', replica, boot }: Facts): boolean {
    const machine = this.cluster.slices.find(({ volume }) => volume.uuid === uuid)?.machine;
    const named = replica === uuid && (boot === undefined || boot === machine?.boot);
    return uuid !== undefined && force === `${uuid}@${term}` && !named;
  }

  private heard(event: KubeObject): void {
    const [pod, reason, message] = [(event['involvedObject'] as Json)['name'], event['reason'], event['message']];
    this.events.push({ pod: String(pod), reason: String(reason), message: String(message) });
  }

  /** A holder gave the Lease back: its server refuses writes by then, or is about to be ended. */
  private released(holder: string): void {
    const pod = this.cluster.allPods.find(({ name }) => holder.startsWith(`${name}_`));
    const server = pod?.container?.server;
    if (!pod || !server?.takesWrites) return;
    const until = pod.files.read(`${FENCE}/active-until`);
    if (until === undefined || Number(until) * 10 > pod.machine.now())
      this.fail(`${pod.name} gave the Lease back while its server took writes`);
  }

  /** The Lease names a replica: that one has everything. */
  private named(uuid: string, boot: string | undefined): void {
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

  /** Now and then: a standby takes no writes. */
  private look(): void {
    const { cluster } = this;
    for (const pod of cluster?.allPods ?? []) {
      const { agent, container } = pod;
      const isStandby =
        agent && agent.process.alive && !agent.process.stopped && agent.assembly.heartbeat.phase === 'standby';
      // One that hangs takes nothing, and its watchdog ends it once it goes on.
      const takesWrites = container?.server?.takesWrites && !container.server.process.stopped;
      if (!isStandby || !takesWrites) this.standbySince.delete(pod);
      else if (!this.standbySince.has(pod)) this.standbySince.set(pod, cluster.schedule.now);
      else if (cluster.schedule.now - this.standbySince.get(pod)! > STANDBY_MS)
        this.fail(`the server of ${pod.name} takes writes, while its agent is a standby`);
    }
    cluster.schedule.after(LOOK_MS, () => this.look());
  }
}

function holderOf(spec: Json): string {
  return (spec['holderIdentity'] as string | undefined) ?? '';
}

function specOf(object: KubeObject | undefined): Json {
  return (object?.['spec'] ?? {}) as Json;
}

function factsOf(object: KubeObject | undefined): Record<string, string | undefined> {
  const annotations = (object?.metadata['annotations'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(annotations)
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([key, value]) => [key.slice(PREFIX.length), value]),
  );
}

function changedFacts(a: object, b: object): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
