import { NAME } from '../contract/labels';
import { Cluster } from './cluster';
import { selecting, selectorOf, slicesOf } from './slices';
import type { Slice } from './slices';
import { theOne } from './switchover';
import { workloadsOf } from './workloads';

/** Pods to ask kubectl for. */
export interface Pods {
  readonly namespace: string;
  /** The arguments by which kubectl finds them: a name or a selector. */
  readonly which: readonly string[];
}

/** The pods of a role, or the pod of a slice. */
export async function podsOfRole(cluster: Cluster, name: string, site?: string): Promise<Pods> {
  const sites = site === undefined ? [] : [site];
  const slice = sliceIn(await slicesOf(cluster, sites), name);
  if (slice) return { namespace: slice.namespace, which: [slice.pod] };
  const { namespace, selector } = theOne(await workloadsOf(cluster, selectorOf(sites)), name, site);
  return { namespace, which: [`--selector=${selecting(selector)}`] };
}

/** A slice's pod and the container of its engine. A role stands for the first of its slices that is ready. */
export async function podOfSlice(
  cluster: Cluster,
  name: string,
): Promise<{ namespace: string; pod: string; engine: string }> {
  const [slices, workloads] = await Promise.all([slicesOf(cluster, []), workloadsOf(cluster, selectorOf([]))]);
  const of = slices.filter(({ role, made }) => role === name && made);
  const found = sliceIn(slices, name) ?? of.find(({ trouble }) => !trouble) ?? of[0];
  if (!found) {
    const known = slices.filter(({ made }) => made).map((each) => each.name);
    throw new Error(
      `the cluster has no slice '${name}'; ${known.length > 0 ? `write one of ${known.join(', ')}` : 'it has none'}`,
    );
  }
  const { namespace, pod, role } = found;
  const workload = workloads.find((each) => each.namespace === namespace && each.labels[NAME] === role);
  return { namespace, pod, engine: workload?.template?.spec?.containers[0]?.name ?? '' };
}

/** By the slice's name, or by its pod's. */
function sliceIn(slices: readonly Slice[], name: string): Slice | undefined {
  return slices.find(({ made, ...each }) => made && (each.name === name || each.pod === name));
}
