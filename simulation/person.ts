import { NOBODY_ACTIVE } from '../contract/events';
import type { Cluster } from './cluster';

/** What a person does by docs/replicated-mysql.md where the agents say that only a person can. */
export class Person {
  public constructor(private readonly cluster: Cluster) {}

  /** Does what there is to do; returns whether there was anything. */
  public async acts(): Promise<boolean> {
    return (await this.forces()) || this.empties();
  }

  /** Lets a server lead: of those whose agents say how, in an Event and in their status, the one that clients miss nothing of. */
  private async forces(): Promise<boolean> {
    const { judge, slices, agents, schedule, trace } = this.cluster;
    if (!judge.needsPerson) return false;
    const offers: { readonly pod: string; readonly force: string }[] = [];
    for (const { process, assembly, place } of agents)
      process.do(
        () =>
          void assembly.answers.status().then((status) => {
            const force = forceIn((status as { readonly why: string }).why);
            const told = judge.events.some(
              ({ pod, reason, message }) => pod === place.pod && reason === NOBODY_ACTIVE && forceIn(message) === force,
            );
            if (force !== undefined && told) offers.push({ pod: place.pod, force });
          }),
      );
    await schedule.run(schedule.now + 3_000);
    const rows = ({ pod }: { readonly pod: string }) => slices.find((slice) => slice.pod === pod)!.volume.rows;
    const lacks = (offer: { readonly pod: string }) =>
      [...judge.committed].filter((row) => !rows(offer).has(row)).length;
    const [best] = offers.sort((a, b) => lacks(a) - lacks(b) || rows(b).size - rows(a).size);
    if (!best) return false;
    trace.say('person', `forces ${best.pod}, as it says, by ${best.force}`);
    judge.needsPerson = false;
    judge.decided = best.force.split('@')[0];
    annotate(this.cluster, best.force);
    return true;
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

/** Writes `force` into the Lease, whatever else it says. */
export function annotate({ api, judge, leasePath }: Cluster, force: string): void {
  judge.byHand = true;
  api.edit(leasePath, (lease) => {
    const annotations = lease.metadata['annotations'] as Record<string, string> | undefined;
    return { ...lease, metadata: { ...lease.metadata, annotations: { ...annotations, 'cdk8s-slices/force': force } } };
  });
  judge.byHand = false;
}

function forceIn(text: string): string | undefined {
  return / write force=(\S+)$/.exec(text)?.[1];
}
