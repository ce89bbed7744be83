import { Cluster } from './cluster';
import { KINDS } from './faults';
import { Person } from './person';
import type { Plan, Result } from './run';
import { Episode, planFor, runEpisode } from './run';

/** An empty replica applies one row after the other, each for as long as it took the primary: so long for each, in milliseconds. */
const APPLY_MS = 150;

/** The plan that belongs to a seed. */
export function planOf(seed: number): Plan {
  return planFor(seed, KINDS);
}

/** Runs a plan with a pair of MySQL servers, until its end or until a rule is broken. */
export function runPlan(plan: Plan, print?: (line: string) => void): Promise<Result> {
  return runEpisode(plan, (setting) => new MySqlEpisode(new Cluster(setting)), print);
}

class MySqlEpisode extends Episode<Cluster> {
  private readonly person: Person;

  public constructor(cluster: Cluster) {
    super(cluster, KINDS);
    this.person = new Person(cluster);
  }

  protected personActs(): Promise<boolean> {
    return this.person.acts();
  }

  protected override extraMs(): number {
    return APPLY_MS * this.cluster.judge.committed.size;
  }

  public async askAll(): Promise<void> {
    const { allPods, schedule, trace } = this.cluster;
    for (const { name, agent, container } of allPods) {
      agent?.process.do(() => void agent.assembly.answers.status().then((all) => trace.say(name, JSON.stringify(all))));
      const server = container?.server;
      if (server) trace.say(name, `mysqld: ${JSON.stringify(server.standing)}`);
    }
    await schedule.run(schedule.now + 2_000);
  }

  /** Whether there is a primary that takes writes, and the Lease names the other one as its replica. */
  protected isWhole(): boolean {
    const { slices, judge } = this.cluster;
    const facts = judge.facts();
    return (
      this.leads() && slices.every(({ volume: { uuid } }) => uuid === facts['primary'] || uuid === facts['replica'])
    );
  }

  /** Without writes, both have the same. */
  protected async compare(): Promise<void> {
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
