import { k8s } from '../core/imports';
import type { JobWorkers } from './job-workers';
import type { IConnectable } from '../core/connectable';
import { Binding } from '../core/binding';

/** The name of a queue or a function: a label of figures, and a text in a statement of SQL. */
export const QUEUE_NAME = /^[A-Za-z0-9_:.-]{1,255}$/;

/** A program's way to keep jobs until a worker takes them. */
export interface QueueEngine {
  /** Says where the queue of these workers is, and records faults of its properties. */
  plan(workers: JobWorkers): QueuePlan | undefined;
}

export interface QueuePlan {
  /** The offer to workers, and to roles that put jobs into the queue. */
  readonly offer: Binding;
  /** The database or the server that the queue is in. */
  readonly uses: IConnectable;
  /** The limits of messages that become jobs. @default - no mail can be put into the queue */
  readonly messages?: MessageLimits;
  /** The property of a scaling that names the jobs to count. @default - there is one kind of them */
  readonly countedBy: 'functions' | 'queues' | undefined;
  /** The names that there are. @default - they are not known */
  readonly names?: string[];
  /** Counts the jobs of these names, or all, that are due. */
  readonly triggers: (names: string[], jobsPerWorker: number) => QueueTrigger[];
  /** The credentials of the triggers. */
  readonly credentials: TriggerCredential[];
  /** Lets KEDA's operator in, whose namespace and labels these are. @default - the queue is outside the site */
  readonly letIn?: (namespace: string, labels: Record<string, string>) => void;
  /** Makes the Job that makes the queue where it lacks. @default - the site's own code makes it */
  readonly setUp?: () => k8s.KubeJob;
}

/** A trigger of KEDA. */
export interface QueueTrigger {
  readonly type: string;
  readonly metadata: Record<string, string>;
}

/** A parameter of a trigger, which is a key of a Secret. */
export interface TriggerCredential {
  readonly parameter: string;
  readonly name: string;
  readonly key: string;
}

/** The sizes that a queue has room for. */
export interface MessageLimits {
  /** The largest argument of a job, whatever its bytes are, and the reason for the limit. */
  readonly largestJob: { readonly bytes: number; readonly why: string };
  /** Bytes of arguments that may be on their way into it at a time. */
  readonly bytesAtOnce: number;
}
