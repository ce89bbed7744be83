import { k8s } from '../core/imports';
import type { JobWorkers } from './job-workers';
import type { Role } from '../core/role';
import { Binding } from '../core/binding';

/** A program's way to keep jobs until a worker takes them. */
export interface QueueEngine {
  /** Says where the queue of these workers is, and records faults of its properties. */
  plan(workers: JobWorkers): QueuePlan | undefined;
}

export interface QueuePlan {
  /** The offer to workers, and to roles that put jobs into the queue. */
  readonly offer: Binding;
  /** The database that the queue is in. */
  readonly database: Role;
  /** The largest argument of a job, whatever its bytes are, and the reason for the limit. */
  readonly largestJob: { readonly bytes: number; readonly why: string };
  /** Bytes of arguments that may be on their way into it at a time. */
  readonly bytesAtOnce: number;
  /** Counts the jobs of these functions that are due, whether a worker has them in hand or not. */
  readonly depthQuery: (functions: string[]) => string;
  /** Makes the Job that makes the queue where it lacks. */
  readonly setUp: () => k8s.KubeJob;
}
