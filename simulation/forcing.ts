import { NOBODY_ACTIVE } from '../contract/events';
import type { PairCluster } from './pair-cluster';

/**
 * Where only a person can say who leads, lets a server lead as an Event and the status of its agent say: the first of them by
 * `compare`, which takes the names of pods. Returns whether there was one.
 */
export async function force(
  cluster: PairCluster<any, any>,
  compare: (a: string, b: string) => number,
  decided: (id: string) => void = () => undefined,
): Promise<boolean> {
  const { judge, agents, schedule, trace } = cluster;
  if (!judge.needsPerson) return false;
  const offers: { readonly pod: string; readonly text: string }[] = [];
  for (const { process, assembly, place } of agents)
    process.do(
      () =>
        void assembly.answers.status().then((status) => {
          const text = forceIn((status as { readonly why: string }).why);
          const told = judge.events.some(
            ({ pod, reason, message }) => pod === place.pod && reason === NOBODY_ACTIVE && forceIn(message) === text,
          );
          if (text !== undefined && told) offers.push({ pod: place.pod, text });
        }),
    );
  await schedule.run(schedule.now + 3_000);
  const [best] = offers.sort((a, b) => compare(a.pod, b.pod));
  if (!best) return false;
  trace.say('person', `forces ${best.pod}, as it says, by ${best.text}`);
  judge.needsPerson = false;
  decided(best.text.split('@')[0]!);
  annotate(cluster, best.text);
  return true;
}

/** Writes `force` into the Lease, whatever else it says. */
export function annotate({ api, judge, leasePath }: PairCluster<any, any>, text: string): void {
  judge.byHand = true;
  api.edit(leasePath, (lease) => {
    const annotations = lease.metadata['annotations'] as Record<string, string> | undefined;
    return { ...lease, metadata: { ...lease.metadata, annotations: { ...annotations, 'cdk8s-slices/force': text } } };
  });
  judge.byHand = false;
}

function forceIn(text: string): string | undefined {
  return / write force=(\S+)$/.exec(text)?.[1];
}
