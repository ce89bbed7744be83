import { told } from '../agent/log';
import type { Setting } from './cluster';
import { Cluster } from './cluster';
import type { Fault } from './fault';
import { KINDS } from './faults';
import { Person } from './person';
import { Random } from './random';

/** Faults come in waves; after each, all is made well, and the pair has so long to be whole again, in milliseconds. */
const WAVES = 3;
const WAVE_MS = 40_000;
const RUN_MS = 180_000;
const LEADER_MS = 60_000;
const REPLICA_MS = 150_000;
/** An empty replica applies one row after the other, each for as long as it took the primary: so long for each, in milliseconds. */
const APPLY_MS = 150;
/** How long the pair is given in the beginning, and how long clients write between two waves, in milliseconds. */
const BEGIN_MS = 60_000;
const CALM_MS = 3_000;
/** A person forces one server and empties the other, at most. */
const MOST_ACTS = 2;

/** A run of the cluster: what it begins with and which faults are made. */
export interface Plan {
  readonly setting: Setting;
  readonly waves: readonly (readonly Fault[])[];
}

export interface Result {
  /** The rule that was broken; undefined where none was. */
  readonly violation: string | undefined;
  readonly trace: string;
  /** Simulated milliseconds. */
  readonly ms: number;
  readonly events: number;
  readonly committed: number;
}

/** The plan that belongs to a seed. */
export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const rate = random.between(0, 0.09);
  const setting: Setting = {
    seed,
    durability: random.pick(['preferred', 'required'] as const),
    leaseSeconds: random.pick([1, 2, 3]),
    // A fifth apart at most.
    rates: random.chance(0.5) ? [1 - rate, 1 + rate] : [1 + rate, 1 - rate],
    clients: 3,
  };
  return { setting, waves: Array.from({ length: WAVES }, () => wave(random)) };
}

function wave(random: Random): Fault[] {
  const kinds = Object.entries(KINDS);
  const total = kinds.reduce((sum, [, { weight }]) => sum + weight, 0);
  const pick = () => {
    let left = random.next() * total;
    return kinds.find(([, { weight }]) => (left -= weight) < 0)![0];
  };
  const faults: Fault[] = [];
  for (let at = random.between(0, 5_000); at < WAVE_MS;) {
    faults.push({
      kind: pick(),
      at: Math.round(at),
      forMs: Math.round(random.chance(0.5) ? random.between(100, 3_000) : random.between(1_000, 20_000)),
      who: random.chance(0.65) ? 'primary' : 'replica',
      n: Math.floor(random.between(1, 60)),
    });
    // The next one comes while the pair is still busy with this one, or when it is done.
    at += random.chance(0.65) ? random.between(0, 2_500) : random.between(3_000, 20_000);
  }
  return faults;
}

/** Runs a plan until its end, or until a rule is broken. */
export async function runPlan(plan: Plan, print?: (line: string) => void): Promise<Result> {
  const { setting } = plan;
  const before = Math.random;
  const jitter = new Random(setting.seed + 1);
  Math.random = () => jitter.next();
  const cluster = new Cluster({ ...setting, print });
  const rejected = (error: unknown) =>
    cluster.judge.fail(
      `an error that nobody handles would end the agent: ${error instanceof Error ? error.stack : told(error)}`,
    );
  process.on('unhandledRejection', rejected);
  try {
    await new Episode(cluster).run(plan.waves);
    if (cluster.judge.violation) await askAll(cluster);
  } catch (error) {
    cluster.judge.fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.off('unhandledRejection', rejected);
    Math.random = before;
  }
  const { judge, trace, schedule } = cluster;
  return {
    violation: judge.violation,
    trace: trace.text,
    ms: schedule.now,
    events: schedule.count,
    committed: judge.committed.size,
  };
}

/** What each agent and server says of itself in the end. */
async function askAll({ allPods, schedule, trace }: Cluster): Promise<void> {
  for (const { name, agent, container } of allPods) {
    agent?.process.do(() => void agent.assembly.answers.status().then((all) => trace.say(name, JSON.stringify(all))));
    const server = container?.server;
    if (server) trace.say(name, `mysqld: ${JSON.stringify(server.standing)}`);
  }
  await schedule.run(schedule.now + 2_000);
}

class Episode {
  private readonly ends = new Set<() => void>();
  private readonly person: Person;

  public constructor(private readonly cluster: Cluster) {
    this.person = new Person(cluster);
  }

  public async run(waves: Plan['waves']): Promise<void> {
    await this.until(BEGIN_MS, 'a new pair has no primary and replica', () => this.isWhole());
    for (const faults of waves) {
      await this.pass(CALM_MS);
      await this.wave(faults);
      await this.heal();
    }
  }

  private get broken(): boolean {
    return this.cluster.judge.violation !== undefined;
  }

  private async pass(ms: number): Promise<void> {
    if (this.broken) return;
    const { judge, schedule } = this.cluster;
    await schedule.run(schedule.now + ms, () => {
      judge.step();
      return judge.violation !== undefined;
    });
  }

  /** Waits for something; returns whether it came in time. */
  private async comes(ms: number, holds: () => boolean): Promise<boolean> {
    const { schedule } = this.cluster;
    for (const end = schedule.now + ms; !this.broken && !holds(); await this.pass(250))
      if (schedule.now >= end) return false;
    return !this.broken;
  }

  /** Demands that something comes in time. Where the agents say that a person has to act, that one does, and the time begins anew. */
  private async until(ms: number | (() => number), rule: string, holds: () => boolean): Promise<void> {
    const within = typeof ms === 'number' ? () => ms : ms;
    for (let acts = 0; !(await this.comes(within(), holds)); acts++) {
      if (this.broken) return;
      if (acts < MOST_ACTS && (await this.person.acts())) continue;
      return this.cluster.judge.fail(`${rule}, ${Math.round(within() / 1000)} s after all was well`);
    }
  }

  private async wave(faults: readonly Fault[]): Promise<void> {
    const { schedule, judge } = this.cluster;
    judge.events.length = 0;
    this.cluster.volumeLost = false;
    const begin = schedule.now;
    for (const fault of faults) schedule.at(begin + fault.at, () => this.begin(fault));
    await this.pass(WAVE_MS);
  }

  private begin({ kind, who, forMs, n }: Fault): void {
    const { cluster } = this;
    const { pods } = cluster.manifests.config;
    const primary = Math.max(0, pods.indexOf(cluster.judge.facts()['pod'] ?? ''));
    const index = who === 'primary' ? primary : 1 - primary;
    cluster.trace.say('fault', `${kind} (${pods[index]}, ${n}) for ${forMs} ms`);
    const end = KINDS[kind]!.make(cluster, index, n);
    if (!end) return;
    const once = () => {
      if (!this.ends.delete(once)) return;
      cluster.trace.say('fault', `end of ${kind}`);
      end();
    };
    this.ends.add(once);
    cluster.schedule.after(forMs, once);
  }

  /** Ends every fault, and demands that the pair is whole again in time. */
  private async heal(): Promise<void> {
    const { cluster } = this;
    const { judge, schedule, trace } = cluster;
    for (const end of this.ends) end();
    for (const { machine } of cluster.slices) for (const process of machine.processes) process.clearTrap();
    trace.say('fault', 'all faults have ended');
    const runs = () =>
      !cluster.rollingOut && cluster.allPods.length === 2 && cluster.allPods.every(({ whole }) => whole);
    // Rows come while a person makes up their mind, too.
    const applying = () => APPLY_MS * judge.committed.size;
    // A roll-out waits for a replica that may take over, and for a pair that nobody may lead before a person has said so.
    await this.until(() => RUN_MS + applying(), 'the pods do not run', runs);
    const from = schedule.now;
    trace.say('fault', 'all is well');
    await this.until(LEADER_MS, 'there is no primary that takes writes', () => this.leads());
    await this.until(
      () => REPLICA_MS + applying(),
      'the pair is not whole',
      () => this.isWhole(),
    );
    // A client may wait for an answer of a server that has no power any more.
    await this.until(30_000, 'clients cannot write', () => judge.lastAcknowledgedAt > from);
    await this.compare();
  }

  private leads(): boolean {
    return this.cluster.allPods.some(
      ({ agent, container }) => agent?.assembly.heartbeat.active() && container?.server?.takesWrites,
    );
  }

  /** Whether there is a primary that takes writes, and the Lease names the other one as its replica. */
  private isWhole(): boolean {
    const { slices, judge } = this.cluster;
    const facts = judge.facts();
    return (
      this.leads() && slices.every(({ volume: { uuid } }) => uuid === facts['primary'] || uuid === facts['replica'])
    );
  }

  /** Without writes, both have the same. */
  private async compare(): Promise<void> {
    const { clients, slices, judge } = this.cluster;
    for (const client of clients) client.paused = true;
    const [a, b] = slices;
    const same = () =>
      a!.volume.executed.toString() === b!.volume.executed.toString() && a!.volume.rows.size === b!.volume.rows.size;
    await this.until(30_000, 'the two servers do not have the same', same);
    const [here, there] = [a!, b!].map(({ volume }) => volume.foreign?.rows);
    if (here !== undefined && there !== undefined && here !== there)
      judge.fail(`a table has ${here} rows on ${a!.pod}, and ${there} on ${b!.pod}`);
    for (const { pod, volume } of slices) if (!this.broken) judge.demandRows({ name: pod, volume }, 'is whole again');
    for (const client of clients) client.paused = false;
    judge.needsPerson = judge.wasForced = false;
  }
}
