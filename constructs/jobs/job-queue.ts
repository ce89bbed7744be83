import { RedisList } from './redis-list';
import { TableQueue } from './table-queue';
import { TheSchwartz } from './theschwartz';
import { QueueEngine } from './queue-engine';
import { IConnectable } from '../core/connectable';
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

/** Properties for `JobQueue.table`. */
export interface TableQueueProps {
  /** The site's `ReplicatedMySQL`, or the `ExternalDatabase`, that has the table. */
  readonly database: IConnectable;

  /**
   * The database that the table is in.
   *
   * @default - the one that programs are told of, its first
   */
  readonly databaseName?: string;

  /** The table with a row for each job: Laravel's `jobs`. The site's own code makes it. */
  readonly table: string;

  /** The Unix time from which on a job is due, as a column or an expression of SQL: Laravel's `available_at`, or `UNIX_TIMESTAMP(run_at)`. */
  readonly dueAt: string;

  /**
   * The column that names the queue of a job. Figures are then apart for each, and a kind of workers can scale by its own.
   *
   * @default - one queue
   */
  readonly queueColumn?: string;

  /**
   * A condition of SQL for rows that wait or are in hand, where a table keeps others: `failed_at IS NULL`.
   *
   * @default - every row
   */
  readonly where?: string;

  /**
   * A condition of SQL for jobs that a worker has in hand: Laravel's `reserved_at IS NOT NULL`.
   *
   * @default - a row leaves the table when a worker takes it
   */
  readonly inHand?: string;

  /**
   * Jobs that failed for good.
   *
   * @default - failures are not counted, and have no alert
   */
  readonly failures?: TableFailures;
}

/** Rows of jobs that failed. */
export interface TableFailures {
  /** The table: Laravel's `failed_jobs`. */
  readonly table: string;

  /** A condition of SQL for failures of the last 15 minutes: `failed_at > NOW() - INTERVAL 15 MINUTE`. */
  readonly where: string;
}

/** Properties for `JobQueue.redisList`. */
export interface RedisListProps {
  /** The server: the site's `Valkey`, or an `ExternalQueue` with Valkey or Redis, without TLS. */
  readonly server: IConnectable;

  /** The keys of the lists, by the names of the queues: `{ default: 'queues:default' }`. */
  readonly lists: Record<string, string>;

  /**
   * The number of the server's database.
   *
   * @default 0
   */
  readonly database?: number;
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

  /**
   * Rows of a table, as Laravel, Solid Queue, Delayed Job and Django's database backends have them (docs/job-workers.md has their properties).
   *
   * Workers poll it by themselves. The library counts its jobs: for figures, alerts, and `JobScaling.queueDepth`. Workers, and roles that
   * name them in `uses`, get the variables of `JobQueue.theSchwartz`.
   */
  public static table(props: TableQueueProps): JobQueue {
    return new JobQueue(new TableQueue(props));
  }

  /**
   * Lists of Valkey or Redis, as Sidekiq, Resque, Celery, RQ, BullMQ and Laravel have them (docs/job-workers.md has their keys).
   *
   * Workers wait for jobs by themselves. The library tells the length of the lists: for figures, an alert, and `JobScaling.queueDepth`. A list
   * has no jobs that are in hand, or that are for later. Workers, and roles that name them in `uses`, get the variables of the server.
   */
  public static redisList(props: RedisListProps): JobQueue {
    return new JobQueue(new RedisList(props));
  }

  private constructor(
    /** @internal */
    public readonly _engine: QueueEngine,
  ) {}
}
