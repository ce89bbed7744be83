import { k8s } from '../core/imports';
import type { TheSchwartzProps } from './job-queue';
import type { JobWorkers } from './job-workers';
import { container } from '../core/container';
import { runOnce } from '../core/job';
import { envName } from '../core/binding';
import type { Role } from '../core/role';
import { checkImage, problem } from '../core/problems';
import { checkDatabaseOf } from '../mysql/mysql-names';
import { QueueEngine, QueuePlan } from './queue-engine';
import { watchTheSchwartz } from './theschwartz-figures';

const PREFIX = 'QUEUE_DB_';
const NEEDED = ['HOST', 'NAME', 'USER', 'PASSWORD'];

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
    const given = workers._use([database], 'queue.database');
    const offer = database._binding();
    // That it is no role of this site, or has nothing to use, is reported already.
    if (!offer || given.length === 0) return undefined;
    if (databaseName !== undefined) checkDatabaseOf(workers, 'queue.databaseName', database, databaseName);
    const env = renamed(given, envName(database.node.id, ''), databaseName);
    const names = new Set(env.map(({ name }) => name));
    const missing = NEEDED.filter((what) => !names.has(PREFIX + what)).map((what) => envName(database.node.id, what));
    if (missing.length > 0) {
      const instead = `it gives no ${missing.join(' and no ')}; name the site's ReplicatedMySQL`;
      problem(workers, 'queue.database', database.node.path, instead);
      return undefined;
    }
    watchTheSchwartz(workers, database, databaseName);
    return {
      offer: { ...offer, at: offer.at ?? database, server: database, env },
      database,
      ...sizesOf(database, offer.largestStatement),
      depthQuery,
      setUp: () => this.setUp(workers, env),
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
function sizesOf(database: Role, statement: number = PACKET): Pick<QueuePlan, 'largestJob' | 'bytesAtOnce'> {
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

/** `DB_HOST` of the role `db` as `QUEUE_DB_HOST`: the queue's programs find it whatever its database is called. */
function renamed(env: k8s.EnvVar[], prefix: string, databaseName: string | undefined): k8s.EnvVar[] {
  return env
    .filter(({ name }) => name.startsWith(prefix))
    .map((each) => ({ ...each, name: PREFIX + each.name.slice(prefix.length) }))
    .map((each) =>
      each.name === `${PREFIX}NAME` && databaseName !== undefined ? { ...each, value: databaseName } : each,
    );
}

/** Jobs whose time has come (`run_after`), with jobs in hand: so no worker is taken away at work because it emptied the queue. */
function depthQuery(functions: string[]): string {
  const names = functions.map((each) => `'${each}'`).join(', ');
  return `SELECT COUNT(*) FROM job JOIN funcmap USING (funcid) WHERE funcname IN (${names}) AND run_after <= UNIX_TIMESTAMP()`;
}
