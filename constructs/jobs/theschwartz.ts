import { k8s } from '../core/imports';
import type { TheSchwartzProps } from './job-queue';
import type { JobWorkers } from './job-workers';
import { container } from '../core/container';
import { runOnce } from '../core/job';
import type { Role } from '../core/role';
import { checkImage } from '../core/problems';
import { inMySQL, offerOf } from './queue-database';
import { MessageLimits, QueueEngine, QueuePlan } from './queue-engine';
import { watchTheSchwartz } from './theschwartz-figures';

/** The type of the column `job.arg`, MEDIUMBLOB (images/theschwartz/schema.sql). */
const COLUMN = 16_777_215;
/** MySQL's default of `max_allowed_packet`, which a statement with its values has to fit in. */
const PACKET = 67_108_864;
/** Bytes of a statement beside the argument, each byte of which may be escaped in it by another. */
const STATEMENT = 4096;
/**
 * The share of a database's RAM that an argument may have. While mysqld 9.7 stores an argument, it takes 7 times its size beside the buffer
 * pool (measured: 75 MiB for 10, 120 for 16). That is an eighth of the RAM, which its settings leave for temporary tables and the like.
 */
const SHARE = 1 / 64;

/** A queue in tables of the site's MySQL. */
export class TheSchwartz implements QueueEngine {
  private readonly image: string;

  constructor(private readonly props: TheSchwartzProps) {
    this.image = props.image ?? 'ghcr.io/cdk8s-slices/theschwartz:1.12';
  }

  public plan(workers: JobWorkers): QueuePlan | undefined {
    const { database, databaseName } = this.props;
    checkImage(workers, 'queue.image', this.image);
    const offer = offerOf(workers, this.props);
    if (!offer) return undefined;
    watchTheSchwartz(workers, database, databaseName);
    return {
      ...inMySQL(offer, this.props, depthQuery),
      messages: sizesOf(database, offer.largestStatement),
      countedBy: 'functions',
      setUp: () => this.setUp(workers, offer.env),
    };
  }

  private setUp(workers: JobWorkers, env: k8s.EnvVar[]): k8s.KubeJob {
    return runOnce(workers, {
      name: 'schema',
      uses: [this.props.database],
      ports: [],
      containers: [
        container({ name: 'schema', image: this.image, mebibytes: 64, command: ['theschwartz-schema'], env }),
      ],
    });
  }
}

/** The sizes that a database has room for. */
function sizesOf(database: Role, statement: number = PACKET): MessageLimits {
  const bytesAtOnce = Math.floor(database._mebibytes * 1_048_576 * SHARE);
  const { path } = database.node;
  const limits = [
    { bytes: COLUMN, why: 'a job of TheSchwartz holds no more' },
    {
      bytes: Math.floor((statement - STATEMENT) / 2),
      why: `${path} takes statements of ${Math.floor(statement / 1024)} KiB (max_allowed_packet)`,
    },
    { bytes: bytesAtOnce, why: `${path} has no RAM to store it` },
  ];
  return { bytesAtOnce, largestJob: limits.reduce((least, each) => (each.bytes < least.bytes ? each : least)) };
}

/** Jobs whose time has come (`run_after`), with jobs in hand: so no worker is taken away at work because it emptied the queue. */
function depthQuery(functions: string[]): string {
  const names = functions.map((each) => `'${each}'`).join(', ');
  return `SELECT COUNT(*) FROM job JOIN funcmap USING (funcid) WHERE funcname IN (${names}) AND run_after <= UNIX_TIMESTAMP()`;
}
