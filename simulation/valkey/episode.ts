import { force } from '../forcing';
import type { Plan, Result } from '../run';
import { Episode, planFor, runEpisode } from '../run';
import { ValkeyCluster } from './cluster';
import { KINDS } from './faults';
import type { ValkeyModel } from './server';

/** The plan that belongs to a seed. */
export function planOf(seed: number): Plan {
  return planFor(seed, KINDS);
}

/** Runs a plan with a pair of Valkey servers, until its end or until a rule is broken. */
export function runPlan(plan: Plan, print?: (line: string) => void): Promise<Result> {
  return runEpisode(plan, (setting) => new ValkeyEpisode(new ValkeyCluster(setting), KINDS), print);
}

class ValkeyEpisode extends Episode<ValkeyCluster> {
  public async askAll(): Promise<void> {
    const { allPods, schedule, trace } = this.cluster;
    for (const { name, agent } of allPods)
      agent?.process.do(() => void agent.assembly.answers.status().then((all) => trace.say(name, JSON.stringify(all))));
    await schedule.run(schedule.now + 2_000);
  }

  /** Lets the server lead that has the most, where the agents say that a person has to. */
  protected personActs(): Promise<boolean> {
    const { cluster } = this;
    const rows = (pod: string) => cluster.slices.find((slice) => slice.pod === pod)!.volume.log.length;
    return force(cluster, (a, b) => rows(b) - rows(a));
  }

  protected isWhole(): boolean {
    const facts = this.cluster.judge.facts();
    return this.leads() && this.servers.some(({ run, receiver }) => run === facts['replica'] && receiver.linked);
  }

  /** Without writes, both have the same, and all that was acknowledged. */
  protected async compare(): Promise<void> {
    const { clients, judge } = this.cluster;
    for (const client of clients) client.paused = true;
    const text = ({ rows }: ValkeyModel) => rows.join();
    const same = () => this.servers.length === 2 && text(this.servers[0]!) === text(this.servers[1]!);
    await this.until(30_000, 'the two servers do not have the same', same);
    for (const server of this.servers) if (!this.broken) judge.demandRows(server, 'is whole again');
    for (const client of clients) client.paused = false;
    judge.needsPerson = false;
  }

  private get servers(): ValkeyModel[] {
    return this.cluster.allPods.flatMap(({ container }) => container?.server ?? []);
  }
}
