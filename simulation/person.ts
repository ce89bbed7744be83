import type { Cluster } from './cluster';
import { force } from './forcing';

/** What a person does by docs/replicated-mysql.md where the agents say that only a person can. */
export class Person {
  public constructor(private readonly cluster: Cluster) {}

  /** Does what there is to do; returns whether there was anything. */
  public async acts(): Promise<boolean> {
    return (await this.forces()) || this.empties();
  }

  /** Lets the server lead that clients miss nothing of. */
  private forces(): Promise<boolean> {
    const { judge, slices } = this.cluster;
    const rows = (pod: string) => slices.find((slice) => slice.pod === pod)!.volume.rows;
    const lacks = (pod: string) => [...judge.committed].filter((row) => !rows(pod).has(row)).length;
    return force(
      this.cluster,
      (a, b) => lacks(a) - lacks(b) || rows(b).size - rows(a).size,
      (id) => (judge.decided = id),
    );
  }

  /** Empties a server that was set aside: what it has beyond the one that leads was given up with that decision. */
  private empties(): boolean {
    const { judge, slices, trace } = this.cluster;
    const aside = slices.find(({ pod }) =>
      judge.events.some((each) => each.pod === pod && each.reason === 'MySQLSetAside'),
    );
    if (!judge.wasForced || !aside) return false;
    trace.say('person', `empties ${aside.pod}, which was set aside`);
    judge.events.length = 0;
    judge.wasForced = false;
    this.cluster.deleteVolume(aside.index);
    return true;
  }
}
