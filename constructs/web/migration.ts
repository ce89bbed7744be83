import { Duration, Size } from 'cdk8s';
import { JobWorkers } from '../jobs/job-workers';

/** How the Job of `migrate` runs, and who waits for it. */
export interface Migration {
  /**
   * RAM of the command. Whole MiB.
   *
   * Write more where `up` says that it was OOMKilled. The Job has it only while it runs.
   *
   * @default - half of a slice's, and 256 MiB at least: PHP's own bound on one program is 128
   */
  readonly ram?: Size;

  /**
   * How long it may take, all tries together. After that the Job has failed, and slices that wait for it go on waiting.
   *
   * @default - as long as it takes
   */
  readonly timeout?: Duration;

  /**
   * How often a try that failed is followed by another. The command may have to wait for a database that starts beside it.
   *
   * @default 1000
   */
  readonly retries?: number;

  /**
   * Paths of `files` that the command reads. It finds these alone, and a change of another file does not run it again.
   *
   * @default - all of them
   */
  readonly files?: string[];

  /**
   * Workers that need its tables. They do not start before its first success, and nor do the web slices in any case.
   *
   * @default - none
   */
  readonly before?: JobWorkers[];
}
