import { Duration } from 'cdk8s';
import { k8s } from '../../core/imports';
import { Construct } from 'constructs';
import { DUMP_MEBIBYTES, PIPE, RESTORE_TEST, SCRATCH, SCRATCH_MEBIBYTES, STORE_MEBIBYTES } from './mysql-dump';
import { BackupSchedules, watchBackup } from './mysql-backup-figures';
import {
  PROGRAM,
  allowStore,
  backupProgram,
  checkStore,
  secretVariable,
  storeEnv,
  storeSecret,
  variable,
} from './backup-store';
import { container } from '../../core/container';
import { checkSchedule } from '../../core/cron';
import { runOnSchedule } from '../../core/cron-job';
import { backupSecret } from '../mysql-accounts';
import { joined } from '../mysql-start';
import { allow } from '../../core/network';
import { AuxiliaryPods, auxiliaryPods } from '../../core/pod-group';
import { checkImage, freeId, problem } from '../../core/problems';
import { Site } from '../../core/site';
import { SecretValue } from '../../core/secrets';
import { ReplicatedMySQL } from '../replicated-mysql';
import { checked } from '../../core/inputs/checked';

const USER = 999;

/** Properties for `MySQLBackup`. */
export interface MySQLBackupProps {
  /** The pair that is backed up. */
  readonly database: ReplicatedMySQL;

  /**
   * The S3-compatible store, `https://HOST:PORT`. Choose a store that does not go down with the pair.
   *
   * Its keys are taken from the Secret `<pair>-backup`, `access-key` and `secret-key`.
   */
  readonly endpoint: string;

  /** The bucket, which has to be there. */
  readonly bucket: string;

  /**
   * The folder in the bucket. A restored pair keeps its backups apart from the backups that it was restored from.
   *
   * @default - the name of the pair
   */
  readonly folder?: string;

  /**
   * The region that requests are signed for.
   *
   * @default us-east-1
   */
  readonly region?: string;

  /**
   * The addresses of the store, to which the backup's pods may connect.
   *
   * @default 0.0.0.0/0, at the endpoint's port alone
   */
  readonly cidr?: string;

  /**
   * The schedule of dumps of all databases, as cron has it, in UTC.
   *
   * @default '17 3 * * *'
   */
  readonly schedule?: string;

  /**
   * The schedule for storing the binary logs. Writes since the last run are lost with both servers' disks.
   *
   * Each run closes a binary log; keep the pause to minutes.
   *
   * @default '*\/5 * * * *'
   */
  readonly logSchedule?: string;

  /**
   * The schedule of restore tests: the newest backup is restored into a scratch server and its rows are counted.
   *
   * @default '47 4 * * 0'
   */
  readonly testSchedule?: string;

  /**
   * How long dumps are kept, in whole days, with the binary logs since the oldest dump. The last dump always stays.
   *
   * @default Duration.days(14)
   */
  readonly keep?: Duration;

  /**
   * The image of dumps and restore tests, with `mysqld`, `mysql`, `mysqldump` and `bash`: the pair's own version.
   *
   * @default docker.io/library/mysql:9.7
   */
  readonly image?: string;

  /**
   * The image of the program that stores, with Node 20 or later.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;
}

/** Ten years. */
const MOST_DAYS = 3650;

/**
 * Dumps and binary logs of a pair, kept in an S3-compatible store, and a test that they can be restored. A pair has one.
 *
 * A restore ends at any transaction since the oldest dump: docs/mysql-backup.md. Not backed up: accounts and grants, which the
 * pair makes from its properties and Secrets.
 */
@checked
export class MySQLBackup extends Construct {
  /** The CronJob that makes the dumps. */
  public readonly dumps: k8s.KubeCronJob;
  /** The CronJob that stores the binary logs. */
  public readonly logs: k8s.KubeCronJob;
  /** The CronJob that tests whether the newest backup can be restored. */
  public readonly restoreTests: k8s.KubeCronJob;
  private readonly database: ReplicatedMySQL;
  /** Its number among its pair's backups: a second is an error. */
  private readonly number: number;
  private readonly folder: string;
  private readonly image: string;
  private readonly nodeImage: string;
  private readonly programVolume: k8s.Volume;
  private readonly schedules: BackupSchedules;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: MySQLBackupProps,
  ) {
    super(scope, freeId(scope, id));
    this.database = props.database;
    this.image = props.image ?? 'docker.io/library/mysql:9.7';
    this.nodeImage = props.nodeImage ?? props.database.site.nodeImage;
    this.folder = props.folder ?? props.database.name;
    const { schedule = '17 3 * * *', logSchedule = '*/5 * * * *', testSchedule = '47 4 * * 0' } = props;
    this.schedules = { schedule, logSchedule, testSchedule };
    this.number = props.database._backups.push(this);
    this.check();
    const { database } = this;
    database.site._shareSecret(storeSecret(database), database.namespace);
    const keys = { password: SecretValue.PASSWORD };
    const namespaces = [database.namespace];
    database.site._requireSecret({ name: backupSecret(database), namespaces, keys, dual: true });
    this.programVolume = backupProgram(database, this.called('backup'));
    this.dumps = this.addDumps();
    this.logs = this.addLogs();
    this.restoreTests = this.addRestoreTests();
    watchBackup(database, this.schedules);
  }

  /** The name of a part of it, beside the pair. */
  private called(what: string): string {
    return this.number > 1 ? `${what}-${this.number}` : what;
  }

  private check(): void {
    const { endpoint, bucket, keep } = this.props;
    if (this.number > 1) {
      const { path } = this.database.node;
      problem(this, 'database', path, 'it has another backup, whose names are these; leave one of them out');
    }
    checkStore(this, this.props);
    const site = this.node.scopes.find((each) => each instanceof Site);
    if (site && site !== this.database.site)
      problem(
        this,
        'database',
        this.database.node.path,
        `it belongs to another site; name a pair of '${site.node.id}'`,
      );
    for (const [property, schedule] of Object.entries(this.schedules)) checkSchedule(this, property, schedule);
    if (!this.database.statefulSet) {
      const theirs = 'its operator makes its dumps, and this one would take the logs of one server for those of all';
      const { path } = this.database.node;
      problem(this, 'database', path, `${theirs}; leave it out, and give backup to MySQLEngine.innoDBCluster`);
    }
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(this.folder))
      problem(this, 'folder', this.folder, 'write lower-case letters, digits and hyphens');
    const from = this.database._restoredFrom;
    if (from?.endpoint === endpoint && from.bucket === bucket && from.folder === this.folder) {
      const why = `it is what ${this.database.node.path} was restored from, whose later transactions would be mixed with its own`;
      problem(this, 'folder', this.folder, `${why}; name another, such as '${this.folder}-2'`);
    }
    const days = (keep ?? Duration.days(14)).toDays({ integral: false });
    if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
      problem(this, 'keep', `${days} days`, `write whole days, from Duration.days(1) to Duration.days(${MOST_DAYS})`);
    checkImage(this, 'image', this.image);
    if (this.props.nodeImage !== undefined) checkImage(this, 'nodeImage', this.props.nodeImage);
  }

  private addDumps(): k8s.KubeCronJob {
    const party = this.party('dump', true);
    const pipe = { name: 'pipe', mountPath: '/pipe' };
    const dump = container({
      name: 'mysqldump',
      image: this.image,
      mebibytes: DUMP_MEBIBYTES,
      command: ['bash', '-c', joined('dump.sh')],
      env: [...this.serverEnv(), { name: 'MYSQL_DATABASES', value: this.database.databases.join(' ') }],
      mounts: [pipe],
      user: USER,
    });
    const days = (this.props.keep ?? Duration.days(14)).toDays({ integral: false });
    const store = this.runs(['dump', PIPE], [variable('KEEP_DAYS', String(days))], [pipe]);
    const volumes = [{ name: 'pipe', emptyDir: {} }];
    return this.schedule(party, this.schedules.schedule, [], [dump, store], volumes);
  }

  private addLogs(): k8s.KubeCronJob {
    const store = this.runs(['logs'], this.serverEnv(), []);
    return this.schedule(this.party('logs', true), this.schedules.logSchedule, [], [store], []);
  }

  private addRestoreTests(): k8s.KubeCronJob {
    const scratch = { name: 'scratch', mountPath: SCRATCH };
    const fetch = this.runs(['fetch', `${SCRATCH}/backup`], [], [scratch]);
    const restore = container({
      name: 'restore',
      image: this.image,
      mebibytes: SCRATCH_MEBIBYTES,
      command: ['bash', '-c', RESTORE_TEST],
      mounts: [scratch],
      user: USER,
    });
    const volumes = [{ name: 'scratch', emptyDir: {} }];
    return this.schedule(this.party('restore-test', false), this.schedules.testSchedule, [fetch], [restore], volumes);
  }

  /** Pods beside the pair, which reach the store, and the servers where they have to. */
  private party(what: string, servers: boolean): AuxiliaryPods {
    const party = auxiliaryPods(this.database, this.called(what));
    allowStore(party, this.props);
    if (servers) allow(party, this.database, [{ port: 3306 }]);
    return party;
  }

  private serverEnv(): k8s.EnvVar[] {
    return [
      variable('MYSQL_HOST', this.database.readAddress),
      variable('MYSQL_USER', 'backup'),
      secretVariable('MYSQL_PASSWORD', backupSecret(this.database), 'password'),
    ];
  }

  private runs(args: string[], env: k8s.EnvVar[], mounts: k8s.VolumeMount[]): k8s.Container {
    return container({
      name: args[0] === 'dump' ? 'store' : (args[0] as string),
      image: this.nodeImage,
      mebibytes: STORE_MEBIBYTES,
      command: ['node', '--max-old-space-size=48', `${PROGRAM}/backup.js`, ...args],
      env: [...env, ...storeEnv(this.database, this.props, this.folder)],
      mounts: [{ name: 'program', mountPath: PROGRAM, readOnly: true }, ...mounts],
      user: USER,
    });
  }

  private schedule(
    party: AuxiliaryPods,
    schedule: string,
    init: k8s.Container[],
    containers: k8s.Container[],
    volumes: k8s.Volume[],
  ): k8s.KubeCronJob {
    return runOnSchedule(this.database, party, {
      schedule,
      init,
      containers,
      volumes: [this.programVolume, ...volumes],
      group: USER,
      // One half of a dump may wait for the other for ever.
      within: Duration.hours(12),
    });
  }
}
