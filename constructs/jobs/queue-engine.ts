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
  /** The limits of messages that become jobs. @default - no mail can be put into the queue */
  readonly messages?: MessageLimits;
  /** The property of a scaling that names the jobs to count. @default - there is one kind of them */
  readonly countedBy: 'functions' | 'queues' | undefined;
  /** Counts the jobs of these names, or all, that are due, whether a worker has them in hand or not. */
  readonly depthQuery: (names: string[]) => string;
  /** Makes the Job that makes the queue where it lacks. @default - the site's own code makes it */
  readonly setUp?: () => k8s.KubeJob;
}

/** The sizes that a queue has room for. */
export interface MessageLimits {
  /** The largest argument of a job, whatever its bytes are, and the reason for the limit. */
  readonly largestJob: { readonly bytes: number; readonly why: string };
  /** Bytes of arguments that may be on their way into it at a time. */
  readonly bytesAtOnce: number;
}
