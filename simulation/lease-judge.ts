import type { Json } from '../agent/kube';
import type { KubeObject } from './api-server';
import { API } from './network';
import type { PairCluster } from './pair-cluster';
import type { Pod } from './pod';

const PREFIX = 'cdk8s-slices/';
/** How long a standby may still take writes, and how often that is looked at, in milliseconds. */
const STANDBY_MS = 3_000;
const LOOK_MS = 500;
/** Within which a deleted Lease is made anew by an agent that saw it, in milliseconds. */
const WITNESS_MS = 5_000;

/** What the Lease says, by its annotations. */
export type Facts = Readonly<Record<string, string | undefined>>;

/** Watches the Lease of a pair and its agents, and says which rule was broken first. */
export abstract class LeaseJudge {
  public violation: string | undefined;
  /** When a client was last told that its write is done. */
  public lastAcknowledgedAt = 0;
  /** Whether a person edits objects at this moment. */
  public byHand = false;
  /** Whether what the Lease said may be known to nobody any more, so that a person has to say who leads. */
  public needsPerson = false;
  /** The Events of the pods since a wave of faults began. */
  public readonly events: { readonly pod: string; readonly reason: string; readonly message: string }[] = [];
  /** What the Lease said last while it named a primary. It is missing for a moment where somebody deleted it. */
  protected said: Facts = {};
  /** The highest term that each agent has seen in a Lease, by its identity. */
  private readonly seenTerms = new Map<string, number>();
  private readonly standbySince = new Map<Pod<any, any>, number>();

  public constructor(private readonly pair: PairCluster<any, any>) {
    pair.api.onChange = (path, after, before) => this.changed(path, after, before);
    this.look();
  }

  /** How many acknowledged writes there were, given up or not. */
  public abstract get acknowledgedCount(): number;

  public fail(rule: string): void {
    const { setting, trace } = this.pair;
    if (this.violation || setting.ignore?.some((text) => rule.includes(text))) return;
    this.violation = rule;
    trace.say('judge', `BROKEN: ${rule}`);
  }

  /** After each event: nobody shares the Lease. */
  public step(): void {
    let active = 0;
    for (const { agent } of this.pair.pods.values()) {
      if (!agent) continue;
      if (agent.active) active++;
      const { identity, elector } = agent.assembly;
      const term = elector.lease?.term ?? 0;
      if (term > this.seenTerm(identity)) this.seenTerms.set(identity, term);
    }
    if (active > 1) this.fail('two agents are active');
  }

  public facts(): Facts {
    return factsOf(this.pair.api.get(this.pair.leasePath));
  }

  /** The Lease is about to be deleted. Who saw it last has to live, and to reach the API server, for long enough to make it anew. */
  public leaseGoes(): void {
    const { agents, api, leasePath, network, schedule } = this.pair;
    const version = api.get(leasePath)?.metadata['resourceVersion'];
    if (version === undefined) return;
    const reaches = (node: string) => network.reaches(node, API) && network.reaches(API, node);
    const knows = agents.filter(
      ({ process, assembly, place }) =>
        process.alive && reaches(place.node) && assembly.elector.lease?.version === version,
    );
    schedule.after(WITNESS_MS, () => {
      if (!knows.some(({ process, place }) => process.alive && !process.stopped && reaches(place.node)))
        this.needsPerson = true;
    });
    if (knows.length === 0) this.needsPerson = true;
  }

  /** What the Lease says has changed. */
  protected abstract leaseChanged(now: Facts, before: Facts): void;

  /** The Lease names a replica that it did not name before. */
  protected abstract named(facts: Facts): void;

  /** A holder gave the Lease back, and its server takes no writes. */
  protected released?(facts: Facts): void;

  private seenTerm(identity: string): number {
    return this.seenTerms.get(identity) ?? 0;
  }

  private changed(path: string, after: KubeObject | undefined, before: KubeObject | undefined): void {
    const { pair } = this;
    if (after?.['kind'] === 'Event') this.heard(after);
    if (path !== pair.leasePath) return;
    const [now, then] = [specOf(after), specOf(before)];
    const [facts, was] = [factsOf(after), factsOf(before)];
    const holder = holderOf(now);
    const term = Number(now['leaseTransitions'] ?? 0);
    if (holder !== holderOf(then) || changedFacts(facts, was))
      pair.trace.say('lease', `${holder || 'nobody'} in term ${term} ${JSON.stringify(facts)}`);
    if (facts['primary'] !== undefined) this.said = facts;
    this.leaseChanged(facts, was);
    if (this.byHand) return;
    if (holder !== '') {
      // One that was deleted may be made again by a process that never saw it: that begins at 1.
      const last = Math.max(this.seenTerm(holder), Number(then['leaseTransitions'] ?? 0));
      if (term < last) this.fail(`the term of the Lease went from ${last} back to ${term}`);
    } else if (holderOf(then) !== '' && after) {
      this.demandRefusal(holderOf(then));
      this.released?.(facts);
    }
    // A Lease that was deleted is made again with what it said: nobody is named by that.
    if (facts['replica'] !== undefined && before && facts['replica'] !== was['replica']) this.named(facts);
  }

  private heard(event: KubeObject): void {
    const [pod, reason, message] = [(event['involvedObject'] as Json)['name'], event['reason'], event['message']];
    this.events.push({ pod: String(pod), reason: String(reason), message: String(message) });
  }

  /** A holder gave the Lease back: its server refuses writes by then, or is about to be ended. */
  private demandRefusal(holder: string): void {
    const pod = this.pair.allPods.find(({ name }) => holder.startsWith(`${name}_`));
    if (!pod?.container?.server?.takesWrites) return;
    const until = pod.files.read(`${this.pair.fence}/active-until`);
    if (until === undefined || Number(until) * 10 > pod.machine.now())
      this.fail(`${pod.name} gave the Lease back while its server took writes`);
  }

  /** Now and then: a standby takes no writes. */
  private look(): void {
    const { pair } = this;
    for (const pod of pair?.pods?.values() ?? []) {
      const { agent, container } = pod;
      const isStandby =
        agent && agent.process.alive && !agent.process.stopped && agent.assembly.heartbeat.phase === 'standby';
      // One that hangs takes nothing, and its watchdog ends it once it goes on.
      const takesWrites = container?.server?.takesWrites && !container.server.process.stopped;
      if (!isStandby || !takesWrites) this.standbySince.delete(pod);
      else if (!this.standbySince.has(pod)) this.standbySince.set(pod, pair.schedule.now);
      else if (pair.schedule.now - this.standbySince.get(pod)! > STANDBY_MS)
        this.fail(`the server of ${pod.name} takes writes, while its agent is a standby`);
    }
    pair.schedule.after(LOOK_MS, () => this.look());
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
