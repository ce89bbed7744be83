import { Size } from 'cdk8s';
import type { WorkerKind } from './job-workers';

/**
 * RAM of the largest pod that holds several kinds, in MiB: that of a whole node of the default size at GKE (e2-medium) and EKS (t3.medium),
 * as their documentation has it. A larger pod waits for a node that most clusters have few of, with all of its kinds.
 */
const LARGEST_SHARED = 4096;

/** The kinds, each on the slices or apart. A large slice gives a kind that does not say `apart` as many pods as it had workers. */
export function placedWorkers(workers: WorkerKind[], ram: Size, slices: number): WorkerKind[] {
  const isShared = workers.length < 2 || ram.toKibibytes({ rounding: 1 }) <= LARGEST_SHARED * 1024;
  return workers.map((kind) => {
    const { apart, schedule, scale, count = 1 } = kind;
    const isOpen = apart === undefined && schedule === undefined && !scale && kind.ram !== undefined;
    return isShared || !isOpen ? kind : { ...kind, apart: true, count: count * slices };
  });
}
