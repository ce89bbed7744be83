import { Duration } from 'cdk8s';
import { k8s } from '../core/imports';
import type { MogileFsProps } from './blob-engine';
import type { BlobStore } from './blob-store';
import { BlobPlan, BlobImplementation } from './blob-implementation';
import { DOCUMENT_ROOT, TRACKER_CONTAINER } from '../../contract/mogilefs';
import { Reference, container } from '../core/container';
import { checkSchedule } from '../core/cron';
import { runOnce } from '../core/job';
import { takeDatabase } from '../mysql/mysql-names';
import { envName } from '../core/binding';
import { checkImage, problem } from '../core/problems';
import { checkFiles } from './mogilefs-check';
import { watchMogileFs } from './mogilefs-figures';
import { BLOB_SCRIPTS } from './scripts-bundle';

const TRACKER = 7001;
const STORAGE = 7500;
/** The port at which a storage node tells its trackers how busy its disks are. */
const SIDE_CHANNEL = 7501;
const USER = 10001;
/** Names that need no quoting in a shell or in MogileFS' protocol, and that fit its tables. */
const KEY = /^[A-Za-z0-9._-]{1,50}$/;
/** `host.hostname` of MogileFS' tables. */
const LONGEST_HOST = 40;

/** A tracker and a storage node in the pod of each slice. */
export class MogileFs implements BlobImplementation {
  private readonly image: string;
  private readonly databaseName: string;
  private readonly schedule: string;

  constructor(private readonly props: MogileFsProps) {
    this.databaseName = props.databaseName ?? 'mogilefs';
    this.schedule = props.checkSchedule ?? '23 2 * * 1';
    this.image = props.image ?? 'ghcr.io/cdk8s-slices/mogilefs:2.73';
  }

  public plan(store: BlobStore, ram: number): BlobPlan {
    this.check(store);
    store._clients = { each: queryWorkers(ram) + OTHER_WORKERS };
    const env = store._use([this.props.database], 'database');
    watchMogileFs(store, this.props.database, this.databaseName);
    const domain = this.props.domain ?? store.node.id;
    const trackers = store.slices.map((slice) => `${store._address(slice.name)}:${TRACKER}`).join(',');
    return {
      fetchPorts: [{ port: STORAGE }],
      fetchFrom: `[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+:${STORAGE}`,
      offer: {
        ports: [TRACKER, STORAGE].map((port) => ({ port })),
        env: [
          { name: envName(store.node.id, 'TRACKERS'), value: trackers },
          { name: envName(store.node.id, 'DOMAIN'), value: domain },
        ],
      },
      peerPorts: [TRACKER, STORAGE, SIDE_CHANNEL].map((port) => ({ port })),
      workload: {
        containers: [this.tracker(ram, env), this.storage(ram)],
        volumes: [{ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } }],
        ports: [
          { name: 'tracker', port: TRACKER },
          { name: 'storage', port: STORAGE, appProtocol: 'http' },
          { name: 'side-channel', port: SIDE_CHANNEL },
        ],
        grace: Duration.seconds(30),
        group: USER,
        // Which slices are up is for the trackers to say; a tracker that waits for the database hides no file.
        answersUnready: true,
      },
      setUp: () => this.setUp(store, env, trackers, domain),
      check: () =>
        checkFiles(store, { schedule: this.schedule, image: this.image, user: USER, trackers, port: TRACKER }),
    };
  }

  private check(store: BlobStore): void {
    checkImage(store, 'engine.image', this.image);
    checkSchedule(store, 'engine.checkSchedule', this.schedule);
    const host = store.slices[0]?.name ?? '';
    if (host.length > LONGEST_HOST) {
      const most = LONGEST_HOST - 2;
      problem(
        store,
        'id',
        store.node.id,
        `MogileFS keeps ${LONGEST_HOST} characters of a host's name; shorten '${store.name}' to ${most}`,
      );
    }
    const classes = Object.keys(this.props.classes ?? {});
    for (const [name, copies] of Object.entries(this.props.classes ?? {})) {
      const same = classes.find((each) => each.toLowerCase() === name.toLowerCase());
      if (same !== name)
        problem(store, 'engine.classes', name, `for MySQL it is the same as '${same}'; write another name`);
      checkKey(store, 'engine.classes', name);
      if (name.toLowerCase() === 'default')
        problem(store, 'engine.classes', name, 'each domain has it already; write another name');
      if (!Number.isInteger(copies) || copies < 2 || copies > store.slices.length) {
        const most = Math.max(2, store.slices.length);
        problem(
          store,
          `engine.classes.${name}`,
          copies,
          `write a number of copies from 2 to the number of slices, ${most}`,
        );
      }
    }
    if (this.props.domain !== undefined) checkKey(store, 'engine.domain', this.props.domain);
    takeDatabase(store, 'engine.databaseName', this.props.database, this.databaseName);
  }

  private tracker(ram: number, env: k8s.EnvVar[]): k8s.Container {
    const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(TRACKER) }, periodSeconds: 5 };
    return container({
      name: TRACKER_CONTAINER,
      image: this.image,
      mebibytes: trackerMemory(ram),
      command: ['sh', '-c', BLOB_SCRIPTS['tracker.sh'] as string],
      env: [
        ...env,
        ...this.database(),
        { name: 'TRACKER_PORT', value: `${TRACKER}` },
        { name: 'QUERY_JOBS', value: `${queryWorkers(ram)}` },
      ],
      user: USER,
      ports: [{ name: 'tracker', containerPort: TRACKER }],
      mounts: [{ name: 'run', mountPath: '/run/mogilefs' }],
      readiness: answers,
      // Until the database has its tables the tracker waits, and is not dead.
      startup: { ...answers, failureThreshold: 720 },
      liveness: { ...answers, failureThreshold: 6 },
      preStop: { sleep: { seconds: 3 } },
    });
  }

  private storage(ram: number): k8s.Container {
    const answers = { httpGet: { path: '/', port: k8s.IntOrString.fromNumber(STORAGE) }, periodSeconds: 5 };
    return container({
      name: 'storage',
      image: this.image,
      mebibytes: ram - trackerMemory(ram),
      command: ['sh', '-c', BLOB_SCRIPTS['storage.sh'] as string],
      env: [
        { name: 'TRACKER_PORT', value: `${TRACKER}` },
        { name: 'STORAGE_PORT', value: `${STORAGE}` },
        { name: 'SIDE_CHANNEL_PORT', value: `${SIDE_CHANNEL}` },
      ],
      user: USER,
      ports: [
        { name: 'storage', containerPort: STORAGE },
        { name: 'side-channel', containerPort: SIDE_CHANNEL },
      ],
      mounts: [{ name: 'blobs', mountPath: DOCUMENT_ROOT }],
      readiness: answers,
      liveness: { ...answers, failureThreshold: 6 },
      preStop: { sleep: { seconds: 3 } },
    });
  }

  private setUp(store: BlobStore, env: k8s.EnvVar[], trackers: string, domain: string): k8s.KubeJob {
    const classes = Object.entries(this.props.classes ?? {}).map(([name, copies]) => `${name} ${copies}`);
    const slices = store.slices.map((slice, index) => `${slice.name} ${store._address(slice.name)} ${index + 1}`);
    return runOnce(store, {
      name: 'setup',
      containers: [
        container({
          name: 'setup',
          image: this.image,
          mebibytes: 64,
          command: ['sh', '-c', BLOB_SCRIPTS['set-up.sh'] as string],
          env: [
            ...env,
            ...this.database(),
            { name: 'STORAGE_PORT', value: `${STORAGE}` },
            { name: 'TRACKERS', value: trackers },
            { name: 'DOMAIN', value: domain },
            { name: 'SLICES', value: slices.join('\n') },
            { name: 'CLASSES', value: classes.join('\n') },
          ],
          user: USER,
        }),
      ],
      ports: [{ port: TRACKER }],
      uses: [this.props.database],
    });
  }

  /** The database of the tables, under names that the programs know. The variables of its users begin with its id. */
  private database(): k8s.EnvVar[] {
    const given = ['HOST', 'PORT', 'USER', 'PASSWORD'].map(
      (what) => new Reference(`MOGILEFS_DB_${what}`, envName(this.props.database.node.id, what)),
    );
    return [{ name: 'MOGILEFS_DB_NAME', value: this.databaseName }, ...given];
  }
}

function checkKey(store: BlobStore, property: string, name: string): void {
  if (!KEY.test(name))
    problem(store, property, name, "write letters, digits, '.', '_' and '-' only, at most 50 of them");
  else if (/^[.-]/.test(name)) problem(store, property, name, "write a letter, a digit or '_' first");
}

/** Query workers of a tracker that has all the RAM it needs: MogileFS' own default. */
const MOST_WORKERS = 20;
/**
 * A tracker without query workers, in MiB. Measured on 2.73 after some hundred requests: 36 MiB that all its processes share, and 2 to 5
 * MiB for each of the seven behind the queries. With four query workers it was killed at 80.
 */
const TRACKER_BASE = 76;
/** Workers behind the queries, each with a connection of its own: they monitor, replicate, check and delete. */
const OTHER_WORKERS = 7;
/** Each query worker, in MiB. Measured on 2.73: 2 MiB at first, and 4 to 5 after some hundred requests. */
const QUERY_WORKER = 5;

/**
 * The tracker's share of a slice, in MiB: eleven sixteenths, until it has room for all its workers. The rest is the storage node's. It
 * takes 29 MiB while it receives four files of 20 MB, and uses the rest as page cache of the files it serves.
 */
export function trackerMemory(ram: number): number {
  return Math.min(TRACKER_BASE + MOST_WORKERS * QUERY_WORKER, Math.floor((ram * 11) / 16));
}

/** The tracker's `query_jobs`: requests that it answers at the same time, each over a connection to the database. */
export function queryWorkers(ram: number): number {
  return Math.floor((trackerMemory(ram) - TRACKER_BASE) / QUERY_WORKER);
}
