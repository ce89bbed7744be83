import type { PairCluster } from './pair-cluster';
import { ROOM } from './files';

/** Leaves so many mebibytes on the volume of a slice. Returns how to make room again; two of these may overlap. */
export function fill(cluster: PairCluster<any, any>, index: number, mebibytes: number): () => void {
  const slice = cluster.slices[index]!;
  const leave = (free: number) => {
    slice.freeMebibytes = free;
    const pod = cluster.pod(index);
    if (pod) pod.files.freeMebibytes = free;
  };
  leave(mebibytes);
  return () => leave(ROOM);
}
