import type { Manifests } from './config';
import type { PairCluster } from './pair-cluster';

/** How often the controller looks, in milliseconds. */
const LOOK_MS = 500;

/** A StatefulSet's rolling update: the pod with the highest number first, and the next once that one is ready. */
export function rollOut(cluster: PairCluster<any, any>, manifests: Manifests): void {
  if (cluster.rollingOut) return;
  cluster.manifests = { ...manifests };
  cluster.rollingOut = true;
  const { schedule } = cluster;
  const update = (index: number) => {
    if (index < 0) {
      cluster.rollingOut = false;
      return;
    }
    const before = cluster.pod(index);
    if (before?.manifests !== cluster.manifests) cluster.deletePod(index, cluster.manifests.graceMs);
    const look = () => {
      const pod = cluster.pod(index);
      const updated = pod?.manifests === cluster.manifests && pod.graceMs === undefined;
      if (updated && pod.ready) update(index - 1);
      else schedule.after(LOOK_MS, look);
    };
    look();
  };
  update(cluster.slices.length - 1);
}
