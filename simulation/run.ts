import { told } from '../agent/log';
import type { Fault, Kinds } from './fault';
import type { PairCluster, Setting } from './pair-cluster';
import { Random } from './random';

/** Faults come in waves; after each, all is made well, and the pair has so long to be whole again, in milliseconds. */
const WAVES = 3;
const WAVE_MS = 40_000;
const RUN_MS = 180_000;
const LEADER_MS = 60_000;
const REPLICA_MS = 150_000;
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

/** The plan that belongs to a seed, of such faults. */
export function planFor(seed: number, kinds: Kinds<never>): Plan {
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
  return { setting, waves: Array.from({ length: WAVES }, () => wave(random, kinds)) };
}

function wave(random: Random, all: Kinds<never>): Fault[] {
  const kinds = Object.entries(all);
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
export async function runEpisode(
  plan: Plan,
  begin: (setting: Setting) => Episode<any>,
  print?: (line: string) => void,
): Promise<Result> {
  const { setting } = plan;
  const before = Math.random;
  const jitter = new Random(setting.seed + 1);
  Math.random = () => jitter.next();
  const episode = begin({ ...setting, print });
  const { cluster } = episode;
  const rejected = (error: unknown) =>
    cluster.judge.fail(
      `an error that nobody handles would end the agent: ${error instanceof Error ? error.stack : told(error)}`,
    );
  process.on('unhandledRejection', rejected);
  try {
    await episode.run(plan.waves);
    if (cluster.judge.violation) await episode.askAll();
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
    committed: judge.acknowledgedCount,
  };
}

/** A run of a pair through its waves of faults. */
export abstract class Episode<C extends PairCluster<any, any> = PairCluster<any, any>> {
  private readonly ends = new Set<() => void>();

  public constructor(
    public readonly cluster: C,
    private readonly kinds: Kinds<C>,
  ) {}

  /** Does what a person has to do; returns whether there was anything. */
  protected abstract personActs(): Promise<boolean>;

  /** Whether there is a primary that takes writes, and the Lease names the other one as its replica. */
  protected abstract isWhole(): boolean;

  /** Demands of a pair that is whole again what both servers have. */
  protected abstract compare(): Promise<void>;

  /** How much longer a pair may take to be whole, in milliseconds. */
  protected extraMs(): number {
    return 0;
  }

  /** What each agent and server says of itself in the end. */
  public abstract askAll(): Promise<void>;

  public async run(waves: Plan['waves']): Promise<void> {
    await this.until(BEGIN_MS, 'a new pair has no primary and replica', () => this.isWhole());
    for (const faults of waves) {
      await this.pass(CALM_MS);
      await this.wave(faults);
      await this.heal();
    }
  }

  protected get broken(): boolean {
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
  protected async until(ms: number | (() => number), rule: string, holds: () => boolean): Promise<void> {
    const within = typeof ms === 'number' ? () => ms : ms;
    for (let acts = 0; !(await this.comes(within(), holds)); acts++) {
      if (this.broken) return;
      if (acts < MOST_ACTS && (await this.personActs())) continue;
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
    const end = this.kinds[kind]!.make(cluster, index, n);
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
    const applying = () => this.extraMs();
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

  protected leads(): boolean {
    return this.cluster.allPods.some(
      ({ agent, container }) => agent?.assembly.heartbeat.active() && container?.server?.takesWrites,
    );
  }
}
