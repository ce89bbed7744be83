import { Duration } from 'cdk8s';
import { k8s } from '../core/imports';
import type { GarageConfig } from '../../contract/garage-config';
import type { GarageProps } from './blob-engine';
import type { BlobStore } from './blob-store';
import { BlobPlan, BlobImplementation } from './blob-implementation';
import { hashedConfig } from '../core/config';
import { container, sidecar } from '../core/container';
import { GARAGE_SETUP } from './garage-bundle';
import { runOnce } from '../core/job';
import { Unit } from '../core/monitor';
import { envName, secretEnv } from '../core/binding';
import { AGENT_MEBIBYTES, NODE } from '../pair/pair';
import { checkImage, problem } from '../core/problems';
import { SecretValue } from '../core/secrets';

const S3 = 3900;
const RPC = 3901;
const ADMIN = 3903;
const KEEPER = 3904;
const USER = 10001;
/** Seconds that Garage may take to stop. */
const GARAGE_SECONDS = 30;
/**
 * Seconds for which Garage's keeper outlives it, so that the pod's address still answers that nobody listens. A Garage on another slice
 * keeps a connection that its peer has ended, until its next message is refused: every 15 s. Without an answer it keeps it for 75 s
 * (2.5.0).
 */
const LINGER_SECONDS = 16;
const FOLDER = '/var/lib/garage';
const REGION = 'garage';
/** S3's own rule, without dots, which would not fit into a host's name. */
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** A Garage on each slice, which keeps two copies of every file and of the list of files. */
export class Garage implements BlobImplementation {
  private readonly image: string;

  constructor(private readonly props: GarageProps) {
    this.image = props.image ?? 'docker.io/dxflrs/garage:v2.5.0';
  }

  public plan(store: BlobStore, ram: number, volumeBytes: number): BlobPlan {
    const bucket = this.props.bucket ?? store.name;
    this.check(store, bucket);
    const secret = store.name;
    store.site._requireSecret({
      name: secret,
      namespaces: [store.namespace],
      keys: {
        'rpc-secret': SecretValue.HEX_64,
        'admin-token': SecretValue.PASSWORD,
        'access-key': SecretValue.GARAGE_KEY,
        'secret-key': SecretValue.HEX_64,
      },
    });
    const program = hashedConfig(
      store.chart,
      'program',
      `${store.name}-program`,
      { 'garage.js': GARAGE_SETUP },
      store._metadata(store.name),
    );
    const config = hashedConfig(
      store.chart,
      'config',
      store.name,
      { 'garage.toml': configuration(ram - AGENT_MEBIBYTES, this.props.acceptWritesAlone ?? false) },
      store._metadata(store.name),
    );
    const s3 = addS3Service(store);
    watch(store);
    return {
      fetchPorts: [{ port: S3 }],
      fetchFrom: `${store._address(s3).replaceAll('.', '\\.')}:${S3}`,
      peerPorts: [{ port: RPC }],
      offer: {
        ports: [{ port: S3 }],
        env: [
          { name: envName(store.node.id, 'S3_ENDPOINT'), value: `http://${store._address(s3)}:${S3}` },
          { name: envName(store.node.id, 'S3_REGION'), value: REGION },
          { name: envName(store.node.id, 'BUCKET'), value: bucket },
          secretEnv(envName(store.node.id, 'ACCESS_KEY'), secret, 'access-key'),
          secretEnv(envName(store.node.id, 'SECRET_KEY'), secret, 'secret-key'),
        ],
        secrets: [secret],
      },
      workload: {
        init: [this.keyWriter(store, secret)],
        sidecars: [this.keeper(store, secret)],
        containers: [this.garage(ram - AGENT_MEBIBYTES, secret)],
        volumes: [
          { name: 'config', configMap: { name: config.name } },
          { name: 'program', configMap: { name: program.name } },
        ],
        ports: [
          { name: 's3', port: S3, appProtocol: 'http' },
          { name: 'rpc', port: RPC },
          { name: 'admin', port: ADMIN, appProtocol: 'http' },
        ],
        grace: Duration.seconds(GARAGE_SECONDS + LINGER_SECONDS),
        group: USER,
        // The slices have to find each other before either can serve.
        answersUnready: true,
      },
      setUp: () => this.setUp(store, secret, program.name, bucket, volumeBytes),
    };
  }

  private nodeImage({ site }: BlobStore): string {
    return this.props.nodeImage ?? site.nodeImage;
  }

  private check(store: BlobStore, bucket: string): void {
    checkImage(store, 'engine.image', this.image);
    if (this.props.nodeImage !== undefined) checkImage(store, 'engine.nodeImage', this.props.nodeImage);
    if (!BUCKET.test(bucket)) {
      problem(
        store,
        'engine.bucket',
        bucket,
        'write 3 to 63 lower-case letters, digits and hyphens, with no hyphen at an end',
      );
    }
  }

  private keyWriter(store: BlobStore, secret: string): k8s.Container {
    return container({
      name: 'key',
      image: this.nodeImage(store),
      mebibytes: 64,
      command: ['node', '/etc/garage-program/garage.js', 'key'],
      env: [
        { name: 'METADATA_FOLDER', value: `${FOLDER}/meta` },
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        secretEnv('GARAGE_RPC_SECRET', secret, 'rpc-secret'),
      ],
      user: USER,
      mounts: [
        { name: 'blobs', mountPath: FOLDER },
        { name: 'program', mountPath: '/etc/garage-program' },
      ],
    });
  }

  /** Garage itself cannot be asked whether a slice whose volume is new has the list of files. */
  private keeper(store: BlobStore, secret: string): k8s.Container {
    return sidecar({
      name: 'keeper',
      image: this.nodeImage(store),
      mebibytes: AGENT_MEBIBYTES,
      command: [...NODE, '/etc/garage-program/garage.js', 'keep'],
      env: [
        { name: 'METADATA_FOLDER', value: `${FOLDER}/meta` },
        { name: 'KEEPER_PORT', value: `${KEEPER}` },
        { name: 'LINGER_SECONDS', value: `${LINGER_SECONDS}` },
        { name: 'OWN_ADMIN', value: `127.0.0.1:${ADMIN}` },
        secretEnv('GARAGE_ADMIN_TOKEN', secret, 'admin-token'),
      ],
      user: USER,
      readiness: { httpGet: { port: k8s.IntOrString.fromNumber(KEEPER), path: '/' }, periodSeconds: 2 },
      mounts: [
        { name: 'blobs', mountPath: FOLDER },
        { name: 'program', mountPath: '/etc/garage-program' },
      ],
    });
  }

  private garage(ram: number, secret: string): k8s.Container {
    // Its /health asks for the other slice: what serves files is the S3 port.
    const answers = { tcpSocket: { port: k8s.IntOrString.fromNumber(S3) }, periodSeconds: 5 };
    return container({
      name: 'garage',
      image: this.image,
      mebibytes: ram,
      command: ['/garage', '-c', '/etc/garage/garage.toml', 'server'],
      env: [
        secretEnv('GARAGE_RPC_SECRET', secret, 'rpc-secret'),
        secretEnv('GARAGE_ADMIN_TOKEN', secret, 'admin-token'),
        { name: 'RUST_LOG', value: 'garage=info' },
      ],
      user: USER,
      ports: [
        { name: 's3', containerPort: S3 },
        { name: 'rpc', containerPort: RPC },
        { name: 'admin', containerPort: ADMIN },
      ],
      mounts: [
        { name: 'blobs', mountPath: FOLDER },
        { name: 'config', mountPath: '/etc/garage' },
      ],
      startup: { ...answers, failureThreshold: 60 },
      readiness: answers,
      liveness: { ...answers, failureThreshold: 6 },
      preStop: { sleep: { seconds: 5 } },
    });
  }

  private setUp(store: BlobStore, secret: string, program: string, bucket: string, capacity: number): k8s.KubeJob {
    const slices = store.slices.map(({ name }) => {
      const address = store._address(name);
      return { name, admin: `${address}:${ADMIN}`, rpc: `${address}:${RPC}`, capacity };
    });
    const wanted: GarageConfig = { slices, bucket };
    return runOnce(store, {
      name: 'setup',
      containers: [
        container({
          name: 'setup',
          image: this.nodeImage(store),
          mebibytes: 64,
          command: ['node', '/etc/garage-program/garage.js', 'set-up'],
          env: [
            { name: 'WANTED', value: JSON.stringify(wanted) },
            secretEnv('GARAGE_RPC_SECRET', secret, 'rpc-secret'),
            secretEnv('GARAGE_ADMIN_TOKEN', secret, 'admin-token'),
            secretEnv('ACCESS_KEY', secret, 'access-key'),
            secretEnv('SECRET_KEY', secret, 'secret-key'),
          ],
          user: USER,
          mounts: [{ name: 'program', mountPath: '/etc/garage-program' }],
        }),
      ],
      volumes: [{ name: 'program', configMap: { name: program } }],
      ports: [{ port: ADMIN }],
    });
  }
}

/** garage.toml for a Garage with this RAM, in MiB. */
export function configuration(ram: number, acceptWritesAlone: boolean): string {
  return `replication_factor = 2
consistency_mode = "${acceptWritesAlone ? 'dangerous' : 'consistent'}"
metadata_dir = "${FOLDER}/meta"
data_dir = "${FOLDER}/data"
db_engine = "lmdb"
# A node may lose its power: what is acknowledged is on its disk.
metadata_fsync = true
data_fsync = true
block_ram_buffer_max = "${blockBuffer(ram)}MiB"
# After twice as long a block is copied that a slice should have; Garage's own five minutes are for slices that are far apart.
rpc_timeout_msec = 15000
rpc_bind_addr = "0.0.0.0:${RPC}"

[s3_api]
api_bind_addr = "0.0.0.0:${S3}"
s3_region = "${REGION}"

[admin]
api_bind_addr = "0.0.0.0:${ADMIN}"
`;
}

/**
 * Garage's `block_ram_buffer_max`, in MiB: a quarter of the RAM, for blocks that wait to be sent to the other slice. By itself it would be
 * 256 MiB.
 */
export function blockBuffer(ram: number): number {
  return Math.floor(ram / 4);
}

/** Leads to every slice that serves. */
function addS3Service(store: BlobStore): string {
  const name = `${store.name}-s3`;
  new k8s.KubeService(store.chart, 's3', {
    metadata: store._metadata(name),
    spec: { selector: store._selector, ports: [{ name: 's3', port: S3, appProtocol: 'http' }] },
  });
  return name;
}

function watch(store: BlobStore): void {
  store._scrapes.push({ port: ADMIN, path: '/metrics' });
  store._alerts.push({
    name: 'BlobsWithoutSecondCopy',
    expr: `block_resync_queue_length{role="${store.name}"} + block_resync_errored_blocks{role="${store.name}"} > 0`,
    for: '15m',
    severity: 'warning',
    summary: '{{ $labels.slice }} has {{ $value }} blocks to copy for 15 minutes: replace no slice before it is done',
  });
  store._panels.push(
    {
      title: 'requests',
      expr: `sum by (slice) (rate(api_s3_request_counter{role="${store.name}"}[5m]))`,
      unit: Unit.PER_SECOND,
    },
    { title: 'blocks to copy', expr: `block_resync_queue_length{role="${store.name}"}`, unit: Unit.NUMBER },
    {
      title: 'disk free',
      expr: `sum by (slice) (garage_local_disk_avail{role="${store.name}",volume="data"})`,
      unit: Unit.BYTES,
      low: true,
    },
  );
}
