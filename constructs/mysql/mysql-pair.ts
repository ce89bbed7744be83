import { Duration, JsonPatch, Size } from 'cdk8s';
import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import { Durability } from './durability';
import { Heartbeat } from '../pair/heartbeat';
import { ConnectionLimit, limitConnections } from '../core/connections';
import { hashedConfig } from '../core/config';
import { MYSQL_AGENT } from './mysql-agent-bundle';
import { PairAccount, ownAccounts, passwordFiles } from './mysql-accounts';
import { MySQLImplementation, MySQLServers } from './mysql-implementation';
import { RestoreParts, restoreParts } from './backup/mysql-restore-parts';
import { TlsParts, tlsParts } from './mysql-tls-parts';
import { mysqld } from './mysqld';
import { allow } from '../core/network';
import { AGENT_MEBIBYTES, HANDOVER_SECONDS, PairParts, keyOf, makePair } from '../pair/pair';
import { checkAtLeast, checkImage, problem, wholeMebibytes } from '../core/problems';
import { SecretValue } from '../core/secrets';
import { runOnSlices } from '../core/workload';
import type { ReplicatedMySQL, ReplicatedMySQLProps } from './replicated-mysql';
import { DATA, FENCE, LEAST_MEBIBYTES, PORT, RUN, USER, insteadOfConnections, leastStorage, myCnf } from './mysql';
import { watchMySQL } from './mysql-figures';
import { checkSettings, clientLimit, withUserConnections } from './mysql-settings';
import { startFiles } from './mysql-start';

/** Two servers, and an agent beside each that says which of them takes writes. */
export class MySQLPair implements MySQLImplementation {
  public readonly runsOn = { slices: 2 };
  /** The pair's own accounts, and the ends of the names of their Secrets. */
  public readonly taken = [
    'agent',
    'backup',
    'replication',
    'root',
    'internal-agent',
    'internal-backup',
    'internal-replication',
  ];

  public run(database: ReplicatedMySQL, props: ReplicatedMySQLProps, accounts: PairAccount[]): MySQLServers {
    return new MySQLPairBuilder(database, props, accounts).servers();
  }
}

class MySQLPairBuilder {
  /** The pair's own among them. */
  private readonly allAccounts;
  private readonly passwords;
  private readonly image: string;
  private readonly nodeImage: string;
  private readonly tls: TlsParts;

  constructor(
    private readonly database: ReplicatedMySQL,
    private readonly props: ReplicatedMySQLProps,
    private readonly accounts: PairAccount[],
  ) {
    this.tls = tlsParts(database, props.tls);
    this.allAccounts = [...accounts, ...ownAccounts(database)];
    this.passwords = passwordFiles(this.allAccounts);
    this.image = props.image ?? 'docker.io/library/mysql:9.7';
    this.nodeImage = props.nodeImage ?? database.site.nodeImage;
  }

  /** RAM of mysqld, in MiB, for which its settings are made. */
  private get mebibytes(): number {
    return Math.max(LEAST_MEBIBYTES, this.database._mebibytes) - AGENT_MEBIBYTES;
  }

  public servers(): MySQLServers {
    const { database } = this;
    const ports = [{ port: PORT }];
    this.check();
    this.requireSecrets();
    this.addServices();
    allow(database, database, ports);
    watchMySQL(database);
    limitConnections(database, this.connectionLimit());
    const agents = this.addAgents();
    const settings = this.addSettings();
    const statefulSet = this.addServers(agents, settings.name);
    const endpoint = { at: database, ports };
    return { statefulSet, endpoint, certificate: this.tls.secret, grant: (accounts) => this.grant(settings, accounts) };
  }

  private connectionLimit(): ConnectionLimit {
    const most = clientLimit(this.mebibytes, this.props.settings);
    const { mebibytes, database } = this;
    return { most, instead: (connections) => insteadOfConnections(connections, mebibytes, database._ram) };
  }

  private check(): void {
    const { database, props } = this;
    if (props.durability === undefined) {
      const instead = 'only a site knows what is worse for it; write Durability.PREFERRED or Durability.REQUIRED';
      problem(database, 'durability', props.durability, instead);
    }
    checkImage(database, 'image', this.image);
    if (props.nodeImage !== undefined) checkImage(database, 'nodeImage', props.nodeImage);
    const why = 'the agent and mysqld take 200 MiB beside its buffer pool and connections';
    database._checkRam(LEAST_MEBIBYTES, why);
    checkSettings(database, props.settings ?? {}, this.mebibytes);
  }

  private requireSecrets(): void {
    const { database } = this;
    const { site, namespace } = database;
    const password = SecretValue.PASSWORD;
    site._requireSecret({ ...keyOf(database.name), namespaces: [namespace] });
    for (const { secret } of this.allAccounts)
      site._requireSecret({ name: secret, namespaces: [namespace], keys: { password }, dual: true });
  }

  private addServices(): void {
    const { chart, name } = this.database;
    const ports = [{ name: 'mysql', port: PORT, appProtocol: 'mysql' }];
    // Without a selector: the agents say where they lead.
    for (const what of ['write', 'read'])
      new k8s.KubeService(chart, what, { metadata: this.database._metadata(`${name}-${what}`), spec: { ports } });
  }

  private addAgents(): PairParts {
    const { database, props } = this;
    const failover = props.failover ?? Heartbeat.within(Duration.seconds(3));
    failover._check(database, 'failover');
    return makePair(new Construct(database.chart, 'heartbeat'), {
      name: database.name,
      metadata: (name) => database._metadata(name),
      pods: database.slices.flatMap(({ podName }) => podName ?? []),
      selector: database._selector,
      serviceAccountName: database.name,
      secret: keyOf(database.name).name,
      failover,
      agent: MYSQL_AGENT,
      engine: {
        kind: 'mysql',
        socket: `${RUN}/mysqld.sock`,
        fence: FENCE,
        data: DATA,
        port: PORT,
        slices: Object.fromEntries(database.slices.map(({ podName, name }) => [podName, database._address(name)])),
        durability: `${props.durability ?? Durability.REQUIRED}` as const,
        accounts: this.passwords.accounts,
        ...this.tls.engine,
      },
      requireLease: false, // Why that is safe: agent/mysql/rules.ts.
      service: { name: `${database.name}-write`, everyone: false, ports: [{ name: 'mysql', port: PORT }] },
      reads: { name: `${database.name}-read`, ports: [{ name: 'mysql', port: PORT }] },
      isolated: true,
      site: database.site,
      apiServer: database.site.apiServer,
      apiServerPorts: database.site._cluster.apiServerPorts,
      image: this.nodeImage,
      mounts: [...AGENT_MOUNTS, ...this.passwords.mounts, ...this.tls.mounts],
    });
  }

  private addSettings(): k8s.KubeConfigMap {
    const { database, props, accounts } = this;
    const files = {
      'my.cnf': myCnf(this.mebibytes, {
        ...this.tls.settings,
        ...withUserConnections(this.mebibytes, props.settings),
      }),
      ...startFiles({ databases: props.databases, accounts }),
    };
    const metadata = database._metadata(database.name);
    const of = { construct: database, property: 'settings' };
    return hashedConfig(database.chart, 'settings', `${database.name}-mysql`, files, metadata, of);
  }

  /** A patch, as the file is written by then: its name follows its content. */
  private grant(settings: k8s.KubeConfigMap, accounts: PairAccount[]): void {
    const { databases } = this.props;
    settings.addJsonPatch(JsonPatch.replace('/data/init.sql', startFiles({ databases, accounts })['init.sql']));
  }

  private addServers(agents: PairParts, settings: string): k8s.KubeStatefulSet {
    const { database, props } = this;
    const storage = wholeMebibytes(database, 'storage', props.storage ?? Size.gibibytes(10));
    const least = Size.mebibytes(leastStorage(this.mebibytes));
    checkAtLeast(
      database,
      'storage',
      Size.mebibytes(storage),
      least,
      'empty tables and the redo log take half of that',
    );
    const restored = this.restored();
    return runOnSlices(database, {
      containers: [this.server(database._mebibytes - AGENT_MEBIBYTES, agents)],
      sidecars: [agents.sidecar],
      init: restored.init,
      volumes: [
        ...agents.volumes,
        ...this.passwords.volumes,
        ...this.tls.volumes,
        ...restored.volumes,
        { name: 'settings', configMap: { name: settings } },
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
      ],
      claims: [{ name: 'data', mebibytes: storage }],
      ports: [{ name: 'mysql', port: PORT, appProtocol: 'mysql' }],
      grace: Duration.seconds(HANDOVER_SECONDS + STOP_SECONDS),
      group: USER,
      answersUnready: true,
    });
  }

  private server(mebibytes: number, agents: PairParts): k8s.Container {
    return mysqld({
      image: this.image,
      mebibytes,
      mounts: [...this.passwords.mounts, ...this.tls.mounts],
      agents,
    });
  }

  private restored(): RestoreParts {
    const { mebibytes } = this;
    const { restoreFrom: restore } = this.props;
    if (!restore) return { init: [], volumes: [] };
    return restoreParts(this.database, { restore, image: this.image, nodeImage: this.nodeImage, mebibytes });
  }
}

const AGENT_MOUNTS = [
  { name: 'run', mountPath: RUN },
  { name: 'data', mountPath: DATA, readOnly: true },
];
/** Seconds for mysqld to write the pages that only its pool has, when it stops. */
const STOP_SECONDS = 60;
