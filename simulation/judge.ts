import type { Json } from '../agent/kube';
import { FENCE } from '../constructs/mysql/mysql';
import type { KubeObject } from './api-server';
import type { SimulatedAgent } from './agent';
import type { Cluster } from './cluster';
import type { Mysqld, Observer } from './mysqld/server';
import { API } from './network';
import type { Pod } from './pod';

const PREFIX = 'cdk8s-slices/';
/** How long a standby may still take writes, and how often that is looked at, in milliseconds. */
const STANDBY_MS = 3_000;
const LOOK_MS = 500;
/** Within which a deleted Lease is made anew by an agent that saw it, in milliseconds. */
const WITNESS_MS = 5_000;

/** A server that took writes as the primary. */
interface Reign {
  readonly server: Mysqld;
  readonly uuid: string;
  readonly openedAt: number;
}

/** Watches a run, and says which rule was broken first. */
export class Judge implements Observer {
  public violation: string | undefined;
  /** Rows that clients were told are committed; a force may excuse some. */
  public readonly committed = new Set<number>();
  public lastAcknowledgedAt = 0;
  /** Servers that a person let lead, whatever they lack. */
  public readonly forced = new Set<string>();
  /** Whether a person edits objects at this moment. */
  public byHand = false;
  /** The holder that a person took the Lease from: it hears of that at its next renewal. */
  private givenAway: { readonly holder: string; readonly version: number } | undefined;
  /** Whether what the Lease said may be known to nobody any more, so that a person has to say who leads. */
  public needsPerson = false;
  private readonly reigns: Reign[] = [];
  /** Rows that the other server has received, ever. */
  private readonly replicated = new Set<number>();
  private rows = 0;
  private highestTerm = 0;
  /** The agents that ran when the Lease was deleted last. */
  private witnesses: readonly SimulatedAgent[] | undefined;
  private readonly standbySince = new Map<Pod, number>();

  public constructor(private readonly cluster: Cluster) {
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
    for (const { agent } of this.cluster.pods.values()) if (agent?.active) active++;
    if (active > 1 && !this.isGivenAway()) this.fail('two agents are active');
  }

  /** Whether a holder is active that has not heard yet that a person took the Lease from it. */
  private isGivenAway(): boolean {
    const { holder, version } = this.givenAway ?? { holder: '', version: 0 };
    return this.cluster.agents.some(
      ({ assembly }) => assembly.identity === holder && Number(assembly.elector.lease?.version) < version,
    );
  }

  // --- what servers tell ---

  public opened(server: Mysqld): void {
    const { trace, schedule } = this.cluster;
    const { uuid } = server.volume;
    trace.say(server.name, `takes writes, with ${server.volume.executed.toString().replace(/\s/g, '')}`);
    const { primary } = this.facts();
    if (primary !== uuid)
      this.fail(`${server.name} (${uuid}) takes writes while the Lease says that the primary is ${primary}`);
    if (this.forced.delete(uuid)) this.excuse(server);
    this.demandRows(server, 'leads');
    this.reigns.push({ server, uuid, openedAt: schedule.now });
  }

  public received(_: Mysqld, rows: Iterable<number>): void {
    for (const row of rows) this.replicated.add(row);
  }

  public acknowledged(server: Mysqld, row: number): void {
    const { setting } = this.cluster;
    if (server.state === 'stopping') this.fail(`${server.name} acknowledged row ${row} because of SIGTERM`);
    const { reign } = this;
    if (reign && reign.server !== server && !reign.server.volume.rows.has(row))
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
    this.committed.add(row);
    const { reign } = this;
    if (reign && !reign.server.volume.rows.has(row))
      this.fail(`row ${row} was acknowledged, and ${reign.server.name}, which leads, does not have it`);
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

  public facts(): Readonly<Record<string, string | undefined>> {
    return factsOf(this.cluster.api.get(this.cluster.leasePath));
  }

  /** The Lease is about to be deleted. Who saw it last has to live for long enough to make it anew. */
  public leaseGoes(): void {
    const { agents, api, leasePath, network, schedule } = this.cluster;
    const version = api.get(leasePath)?.metadata['resourceVersion'];
    this.witnesses = agents;
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
    if (path !== cluster.leasePath) return;
    const [now, then] = [specOf(after), specOf(before)];
    const facts = factsOf(after);
    const holder = holderOf(now);
    const term = Number(now['leaseTransitions'] ?? 0);
    if (holder !== holderOf(then) || changedFacts(facts, factsOf(before)))
      cluster.trace.say('lease', `${holder || 'nobody'} in term ${term} ${JSON.stringify(facts)}`);
    if (this.byHand) {
      const version = Number(after?.metadata['resourceVersion']);
      if (holderOf(then) !== holder) this.givenAway = { holder: holderOf(then), version };
      return;
    }
    if (holder !== '') {
      if (term < this.highestTerm && !this.neverSaw(holder))
        this.fail(`the term of the Lease went from ${this.highestTerm} back to ${term}`);
      this.highestTerm = Math.max(this.highestTerm, term);
    } else if (holderOf(then) !== '' && after) this.released(holderOf(then));
    // A Lease that was deleted is made again with what it said: nobody is named by that.
    if (facts['replica'] !== undefined && before && facts['replica'] !== factsOf(before)['replica'])
      this.named(facts['replica'], facts['boot']);
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

  /** Whether this process was started after the Lease was deleted: it begins at 1 again. */
  private neverSaw(holder: string): boolean {
    return this.witnesses !== undefined && !this.witnesses.some(({ assembly }) => assembly.identity === holder);
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
