import { keptMetadata } from '../../core/kept';
import { JsonPatch, Size } from 'cdk8s';
import { k8s, mysqloperator } from '../../core/imports';
import type { InnoDBClusterProps } from '../mysql-engine';
import { allowStore } from '../backup/backup-store';
import { container } from '../../core/container';
import { checkInnoDBCluster, isMemberCount } from './innodb-cluster-checks';
import { Group, ROUTER_PORTS, groupOf, openGroup, openToDumps } from './innodb-cluster-network';
import { runOnce } from '../../core/job';
import { PairAccount, passwordEnv } from '../mysql-accounts';
import { MySQLImplementation, MySQLServers } from '../mysql-implementation';
import { requireMySQLCertificate } from '../mysql-tls-parts';
import { secretEnv } from '../../core/binding';
import { auxiliaryPods } from '../../core/pod-group';
import { wholeMebibytes } from '../../core/problems';
import { SecretValue } from '../../core/secrets';
import { claimSpec } from '../../core/workload';
import type { ReplicatedMySQL, ReplicatedMySQLProps } from '../replicated-mysql';
import { PodSecurity } from '../../core/site';
import { memberPod, podMetadata, routerPod } from './innodb-cluster-pods';
import { LEAST_GROUP_MEBIBYTES, SIDECAR_MEBIBYTES, groupMyCnf } from './innodb-cluster-settings';
import { PORT } from '../mysql';
import { PASSWORDS, groupAccounts } from '../mysql-start';

/** The user of the operator's images of MySQL. */
const USER = 27;
const PROFILE = 's3';

/**
 * A group of servers that Oracle's operator makes from an InnoDBCluster.
 *
 * It has a namespace of its own. The pods of the servers may read every Secret in their namespace (the operator's ClusterRole
 * `mysql-sidecar`), and one of their containers starts as root. The pods that dump say neither that they do not start as root nor what
 * system calls they make.
 */
export class InnoDBCluster implements MySQLImplementation {
  public readonly runsOn;
  /** The operator's accounts, and the ends of the names of its Secrets and of ours. */
  public readonly taken = [
    'localroot',
    'mysqladmin',
    'mysqlbackup',
    'mysqlhealthchecker',
    'mysqlmetrics',
    'mysqlrouter',
    'root',
    'backup',
    'privsecrets',
    'router',
    's3',
    'tls',
  ];

  constructor(private readonly props: InnoDBClusterProps) {
    const { members = 3 } = props;
    this.runsOn = { slices: isMemberCount(members) ? members : 3, first: 0, security: PodSecurity.BASELINE };
  }

  public run(database: ReplicatedMySQL, props: ReplicatedMySQLProps, accounts: PairAccount[]): MySQLServers {
    checkInnoDBCluster(database, props, this.props);
    const group = groupOf(database);
    openGroup(group, this.props.operatorNamespace ?? 'mysql-operator');
    requireSecrets(database, accounts);
    addServices(database, group);
    const servers = `${database.name}-instances`;
    const hosts = [servers, `*.${servers}`].map((each) => database._address(each));
    const certificate = props.tls && requireMySQLCertificate(database, props.tls, hosts);
    const innoDBCluster = new mysqloperator.InnoDbCluster(database.chart, 'cluster', {
      metadata: keptMetadata(database._metadata(database.name)),
      spec: {
        ...this.members(database, props, group),
        router: this.routers(database, props, group, certificate),
        ...tlsSpec(certificate),
        ...this.backups(database, group),
        ...this.restored(database, group),
      },
    });
    const job = this.addAccounts(database, group, accounts);
    const ports = Object.values(ROUTER_PORTS).map((port) => ({ port }));
    const grant = (changed: PairAccount[]) => job.addJsonPatch(statementsPatch(database, changed));
    return { innoDBCluster, endpoint: { at: group.routers, ports }, certificate, grant };
  }

  private get version(): string {
    return this.props.version ?? '9.1.0';
  }

  private get imageRepository(): string {
    return this.props.imageRepository ?? 'container-registry.oracle.com/mysql';
  }

  private mirrored({ _settings }: ReplicatedMySQL): string {
    return _settings.image(`${this.imageRepository}/server`).replace(/\/server$/, '');
  }

  private members(
    database: ReplicatedMySQL,
    props: ReplicatedMySQLProps,
    { members }: Group,
  ): mysqloperator.InnoDbClusterSpec {
    const mebibytes = Math.max(LEAST_GROUP_MEBIBYTES, database._mebibytes);
    const storage = wholeMebibytes(database, 'storage', props.storage ?? Size.gibibytes(10));
    const claim = claimSpec(database, { mebibytes: storage });
    return {
      secretName: rootSecret(database),
      instances: database.slices.length,
      version: this.version,
      imageRepository: this.mirrored(database),
      ...pullSecrets(database),
      imagePullPolicy: 'IfNotPresent',
      mycnf: groupMyCnf(mebibytes - SIDECAR_MEBIBYTES, props.settings),
      datadirVolumeClaimTemplate: k8s.toJson_PersistentVolumeClaimSpec(claim),
      ...podMetadata(database),
      podSpec: memberPod(database, members._selector, mebibytes),
    };
  }

  private routers(
    database: ReplicatedMySQL,
    { tls }: ReplicatedMySQLProps,
    { routers }: Group,
    certificate: string | undefined,
  ): mysqloperator.InnoDbClusterSpecRouter {
    const ram = wholeMebibytes(database, 'engine.routerRam', this.props.routerRam ?? Size.mebibytes(256));
    return {
      instances: this.props.routers ?? 2,
      ...podMetadata(database),
      podSpec: routerPod(database, routers._selector, ram),
      ...(certificate === undefined ? {} : { tlsSecretName: certificate }),
      ...(tls?.required ? { bootstrapOptions: ['--client-ssl-mode=REQUIRED'] } : {}),
    };
  }

  private backups(database: ReplicatedMySQL, group: Group): Partial<mysqloperator.InnoDbClusterSpec> {
    const { backup } = this.props;
    if (!backup) return {};
    const dumps = auxiliaryPods(database, 'backup');
    openToDumps(dumps, group);
    allowStore(dumps, backup);
    const s3 = storeSpec(database, { ...backup, folder: backup.folder ?? database.name });
    const schedule = { name: 'dump', schedule: backup.schedule ?? '17 3 * * *', timeZone: 'Etc/UTC', enabled: true };
    return {
      backupProfiles: [{ name: PROFILE, ...podMetadata(database, dumps._labels), dumpInstance: { storage: { s3 } } }],
      backupSchedules: [{ ...schedule, backupProfileName: PROFILE }],
    };
  }

  private restored(database: ReplicatedMySQL, { members }: Group): Partial<mysqloperator.InnoDbClusterSpec> {
    const { restoreFrom } = this.props;
    if (!restoreFrom) return {};
    allowStore(members, restoreFrom);
    return { initDb: { dump: { storage: { s3: storeSpec(database, restoreFrom) } } } };
  }

  /** The operator knows of no databases and accounts of programs. */
  private addAccounts(database: ReplicatedMySQL, { routers }: Group, accounts: PairAccount[]): k8s.KubeJob {
    const { databases } = database;
    const { program, statements } = groupAccounts({ databases, accounts });
    const root = secretEnv(PASSWORDS.root, rootSecret(database), 'rootPassword');
    const accountsJob = container({
      name: 'accounts',
      image: `${this.imageRepository}/community-server:${this.version}`,
      mebibytes: 64,
      command: ['bash', '-c', program],
      env: [
        { name: 'STATEMENTS', value: statements },
        { name: 'MYSQL_HOST', value: database.writeAddress },
        root,
        ...passwordEnv(accounts),
      ],
      user: USER,
    });
    const ports = [{ port: ROUTER_PORTS.write }];
    return runOnce(database, { name: 'accounts', containers: [accountsJob], at: routers, ports });
  }
}

/** The Job is written by then: its name follows its content. */
function statementsPatch({ databases }: ReplicatedMySQL, accounts: PairAccount[]): JsonPatch {
  const { statements } = groupAccounts({ databases, accounts });
  return JsonPatch.replace('/spec/template/spec/containers/0/env/0/value', statements);
}

function pullSecrets({ _settings }: ReplicatedMySQL): Pick<mysqloperator.InnoDbClusterSpec, 'imagePullSecrets'> {
  const { pullSecrets: names } = _settings.images;
  return names ? { imagePullSecrets: names.map((name) => ({ name })) } : {};
}

function rootSecret({ name }: ReplicatedMySQL): string {
  return `${name}-root`;
}

function requireSecrets(database: ReplicatedMySQL, accounts: PairAccount[]): void {
  const namespaces = [database.namespace];
  const password = SecretValue.PASSWORD;
  database.site._requireSecret({
    name: rootSecret(database),
    namespaces,
    keys: { rootUser: SecretValue.ROOT, rootHost: SecretValue.ANY_HOST, rootPassword: password },
  });
  for (const { secret } of accounts) database.site._requireSecret({ name: secret, namespaces, keys: { password } });
}

/** The Services have the names and the port of a pair's, so that users need not know which it is. */
function addServices({ chart, name }: ReplicatedMySQL, { routers }: Group): void {
  for (const [what, port] of Object.entries(ROUTER_PORTS)) {
    const targetPort = k8s.IntOrString.fromNumber(port);
    new k8s.KubeService(chart, what, {
      metadata: routers._metadata(`${name}-${what}`),
      spec: { selector: routers._selector, ports: [{ name: 'mysql', port: PORT, targetPort, appProtocol: 'mysql' }] },
    });
  }
  // The operator makes one for the servers.
  new k8s.KubePodDisruptionBudget(chart, 'disruptions', {
    metadata: routers._metadata(routers.name),
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: routers._selector },
    },
  });
}

function tlsSpec(certificate: string | undefined): Partial<mysqloperator.InnoDbClusterSpec> {
  if (certificate === undefined) return { tlsUseSelfSigned: true };
  return { tlsUseSelfSigned: false, tlsSecretName: certificate, tlsCaSecretName: certificate };
}

interface Stored {
  readonly endpoint: string;
  readonly bucket: string;
  readonly folder: string;
}

function storeSpec(
  { name, namespace, site }: ReplicatedMySQL,
  { endpoint, bucket, folder }: Stored,
): mysqloperator.InnoDbClusterSpecInitDbDumpStorageS3 {
  const config = `${name}-s3`;
  site._shareSecret(config, namespace);
  return { bucketName: bucket, prefix: folder, endpoint, config, profile: 'default' };
}
