import type { V1StatefulSet } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { Cluster } from './cluster';
import { namesOf, selectorOf } from './slices';
import { theOne } from './switchover';

/** Pods to ask kubectl for. */
export interface Pods {
  readonly namespace: string;
  /** The arguments by which kubectl finds them: a name or a selector. */
  readonly which: readonly string[];
}

/** The pods of a role, or the pod of a slice. */
export async function podsOfRole(cluster: Cluster, name: string, site?: string): Promise<Pods> {
  const sets = await cluster.statefulSets(selectorOf(site === undefined ? [] : [site]));
  const slice = sliceIn(sets, name);
  if (slice) return { namespace: slice.namespace, which: [slice.pod] };
  const set = theOne(sets, name, site);
  const labels = Object.entries(set.spec?.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return { namespace: set.metadata?.namespace ?? '', which: [`--selector=${labels.join(',')}`] };
}

/** A slice's pod and the container of its engine. */
export async function podOfSlice(
  cluster: Cluster,
  name: string,
): Promise<{ namespace: string; pod: string; engine: string }> {
  const sets = await cluster.statefulSets(selectorOf([]));
  const found = sliceIn(sets, name);
  if (found) return found;
  const known = sets.flatMap(namesOf).map((each) => each.name);
  throw new Error(
    `the cluster has no slice '${name}'; ${known.length > 0 ? `write one of ${known.join(', ')}` : 'it has none'}`,
  );
}

/** By the slice's name, or by its pod's. */
function sliceIn(sets: readonly V1StatefulSet[], name: string) {
  for (const set of sets) {
    const slice = namesOf(set).find((each) => each.name === name || each.pod === name);
    const { namespace = '' } = set.metadata ?? {};
    if (slice) return { namespace, pod: slice.pod, engine: set.spec?.template.spec?.containers[0]?.name ?? '' };
  }
  return undefined;
}
