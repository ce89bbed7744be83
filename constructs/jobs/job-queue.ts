import { TheSchwartz } from './theschwartz';
import { QueueEngine } from './queue-engine';
import type { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

/** Properties for `JobQueue.theSchwartz`. */
export interface TheSchwartzProps {
  /** The site's MySQL, which has the queue's tables. */
  readonly database: Role;

  /**
   * Which of its databases: another than the site's own keeps the queue's tables, such as `job` and `error`, apart from the site's.
   *
   * @default - the one that programs are told of, its first
   */
  readonly databaseName?: string;

  /**
   * The image that makes the tables: it has `theschwartz-schema` on its PATH, and comes from images/theschwartz.
   *
   * @default ghcr.io/cdk8s-slices/theschwartz:1.12
   */
  readonly image?: string;
}

/** Where the jobs wait for the workers. */
@checked
export class JobQueue {
  /**
   * TheSchwartz, whose jobs are rows of a table.
   *
   * A job is taken out when its worker has succeeded. One whose worker failed is tried again as its class says
   * (`max_retries`, `retry_delay`), one whose worker died when its class's `grab_for` has passed: so a job may run more than once.
   *
   * Workers, and those that name them in `uses`, get `QUEUE_DB_HOST`, `QUEUE_DB_NAME`, `QUEUE_DB_USER`, `QUEUE_DB_PASSWORD` and what
   * else the database gives its users.
   */
  public static theSchwartz(props: TheSchwartzProps): JobQueue {
    return new JobQueue(new TheSchwartz(props));
  }

  private constructor(
    /** @internal */
    public readonly _engine: QueueEngine,
  ) {}
}
