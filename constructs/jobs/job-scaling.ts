import { Duration } from 'cdk8s';
import { CpuScaler } from './cpu-scaler';
import { QueueDepthScaler } from './queue-depth-scaler';
import { Scaler } from './scaler';
import { checked } from '../core/inputs/checked';

/** Properties for `JobScaling.cpu`. */
export interface CpuScalingProps {
  /** The fewest workers that there always are, 1 or more: Kubernetes has a count of none switched off. @default 1 */
  readonly min?: number;

  /** The most workers that there may be. Their RAM, `max` times the kind's, is kept for them. */
  readonly max: number;

  /**
   * CPU, in percent of a worker's request (`resources.cpuRequest`). More workers are added until the mean is down to it.
   *
   * @default 70
   */
  readonly targetCpuPercent?: number;
}

/** Properties for `JobScaling.queueDepth`. */
export interface QueueDepthScalingProps {
  /** The fewest workers that there always are. At 0 there are none while there is no job. @default 1 */
  readonly min?: number;

  /** The most workers that there may be. Their RAM, `max` times the kind's, is kept for them. */
  readonly max: number;

  /**
   * Names of the functions of TheSchwartz whose jobs are counted, as workers register them: `['Journal::Worker::Import']`.
   *
   * @default - none; TheSchwartz needs them
   */
  readonly functions?: string[];

  /**
   * Names of the queues whose jobs are counted, as a table's `queueColumn` or the `lists` of Valkey have them.
   *
   * @default - all
   */
  readonly queues?: string[];

  /** Due jobs for each worker; so many more add another worker. */
  readonly jobsPerWorker: number;

  /**
   * How often KEDA counts.
   *
   * @default - KEDA's own, 30 seconds
   */
  readonly pollingInterval?: Duration;

  /**
   * How long there has to be no job before the last worker is taken away, where `min` is 0.
   *
   * @default - KEDA's own, 5 minutes
   */
  readonly cooldownPeriod?: Duration;

  /**
   * The namespace of KEDA's operator, which is let in to the queue's database.
   *
   * @default keda
   */
  readonly kedaNamespace?: string;
}

/** A rule for the number of workers of a kind, by the work that there is. */
@checked
export class JobScaling {
  /** By CPU: a HorizontalPodAutoscaler, which needs the cluster's metrics-server and nothing else. */
  public static cpu(props: CpuScalingProps): JobScaling {
    return new JobScaling(new CpuScaler(props));
  }

  /**
   * By the jobs that are due: a ScaledObject of KEDA, as Kubernetes by itself cannot ask a database. KEDA has to be installed in the
   * cluster (2.10 or later).
   *
   * KEDA does not know which worker is busy. The worker that is taken away first finishes its job, within its `grace`.
   */
  public static queueDepth(props: QueueDepthScalingProps): JobScaling {
    return new JobScaling(new QueueDepthScaler(props));
  }

  private constructor(
    /** @internal */
    public readonly _scaler: Scaler,
  ) {}
}
