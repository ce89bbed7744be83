import { TheSchwartz } from './theschwartz';
import { QueueEngine } from './queue-engine';
import type { Role } from '../core/role';
import { checked } from '../core/inputs/checked';

/** Properties for `JobQueue.theSchwartz`. */
export interface TheSchwartzProps {
  /** The site's MySQL, which has the queue's tables. */
  readonly database: Role;

  /**
   * The database for the queue's tables, such as `job` and `error`: another than the site's own keeps them apart from the site's.
   *
   * @default - the one that programs are told of, its first
   */
  readonly databaseName?: string;

  /**
   * The image that makes the tables. It has `theschwartz-schema` on its PATH, and comes from images/theschwartz.
   *
   * @default ghcr.io/cdk8s-slices/theschwartz:1.12
   */
  readonly image?: string;
}

/** The queue in which jobs wait for the workers. */
@checked
export class JobQueue {
  /**
   * TheSchwartz, whose jobs are rows of a table.
   *
   * A job is taken out when its worker has succeeded. A job whose worker failed is tried again as its class says (`max_retries`,
   * `retry_delay`). A job whose worker died is tried again when its class's `grab_for` has passed: so a job may run more than once.
   *
   * Workers, and roles that name them in `uses`, get `QUEUE_DB_HOST`, `QUEUE_DB_NAME`, `QUEUE_DB_USER`, `QUEUE_DB_PASSWORD` and the other
   * variables of the database's users.
   */
  public static theSchwartz(props: TheSchwartzProps): JobQueue {
    return new JobQueue(new TheSchwartz(props));
  }

  private constructor(
    /** @internal */
    public readonly _engine: QueueEngine,
  ) {}
}
