import { Duration, Size } from 'cdk8s';
import { k8s } from 'cdk8s-plus-34';
import { Construct } from 'constructs';
import { DATA, FENCE, LEAST_MEBIBYTES, PORT, RUN, USER, myCnf } from './engines/mysql';
import { watchMySQL } from './engines/mysql-figures';
import { PASSWORDS, startScript } from './engines/mysql-start';
import { Durability } from './durability';
import { Failover } from './failover';
import { Heartbeat } from './heartbeat';
import { MySQLAccount } from './mysql-account';
import { MySQLRestore } from './mysql-restore';
import { MySQLTls } from './mysql-tls';
import { MYSQL_AGENT } from './private/mysql-agent-bundle';
import { hashedConfig } from './private/config';
import { allow } from './private/network';
import { PairAccount, UsableAccount, accountsOf, passwordEnv, passwordFiles } from './private/mysql-accounts';
import { checkDatabases } from './private/mysql-names';
import { RestoreParts, restoreParts } from './private/mysql-restore-parts';
import { TlsParts, tlsParts } from './private/mysql-tls-parts';
import { mysqld } from './private/mysqld';
import { Offer, envName, secretEnv } from './private/offer';
import { AGENT_MEBIBYTES, HANDOVER_SECONDS, PairParts, makePair } from './private/pair';
import { checkAtLeast, checkImage, problem } from './private/problems';
import { SecretValue } from './private/secrets';
import { runOnSlices } from './private/workload';
import { Role } from './role';
import { IUsable } from './usable';

/** Properties for `ReplicatedMySQL`. */
export interface ReplicatedMySQLProps {
  /** RAM of one server. InnoDB's buffer pool and the number of connections follow from it. At least 256 MiB. */
  readonly ram: Size;

  /**
   * What happens to writes while there is no replica to take a copy of them.
   *
   * There is no default: `GO_ON` answers while one server is away and may lose what was written meanwhile with that one disk,
   * `BLOCK` loses nothing and writes nothing meanwhile. Only a site knows which is worse for it.
   */
  readonly durability: Durability;

  /** The databases of the site, which its account owns. The first is the one that programs are told of. */
  readonly databases: string[];

  /**
   * The image, which has `mysqld` 9.7 or a later 9 on its PATH, and `bash`.
   *
   * @default docker.io/library/mysql:9.7
   */
  readonly image?: string;

  /**
   * The volume of each server: its data, its temporary files, and the binary logs of three days.
   *
   * A volume outlives its pod; how it grows later is up to its storage class.
   *
   * @default Size.gibibytes(10)
   */
  readonly storage?: Size;

  /**
   * How fast the replica takes over when the primary dies: this, and the seconds that it needs to apply what it received.
   *
   * @default Heartbeat.within(Duration.seconds(3))
   */
  readonly failover?: Failover;

  /**
   * Accounts beside the site's own, which owns the databases: for programs that shall do less. They are given by
   * `account(name)`.
   *
   * One that is taken out stays on the servers until someone drops it.
   *
   * @default - the site's alone
   */
  readonly accounts?: MySQLAccount[];

  /**
   * A certificate that programs and the two servers can verify.
   *
   * @default - each server makes one for itself: what is sent between the two is encrypted, and to whom is not verified
   */
  readonly tls?: MySQLTls;

  /**
   * A backup that the pair begins with, where its volumes are empty: see docs/mysql-backup.md. Take it out once the pair runs.
   *
   * @default - it begins empty
   */
  readonly restoreFrom?: MySQLRestore;

  /**
   * The image of the agent, which has Node 20 or later as `node` on its PATH.
   *
   * @default docker.io/library/node:24-slim
   */
  readonly agentImage?: string;

  /**
   * More of mysqld's settings, by the names in MySQL's manual; they go before those of the library.
   *
   * @default - those that follow from the RAM
   */
  readonly settings?: Record<string, string>;
}

/**
 * A pair of MySQL servers: what is written to one is on the other before it is acknowledged, and the other takes over when
 * the first dies. What it survives, and what not: docs/replicated-mysql.md.
 */
export class ReplicatedMySQL extends Role {
  /** The name of the server that takes writes. */
  public readonly writeAddress: string;
  /** The name of the replica while it is at most 10 seconds behind, of the server that takes writes otherwise. */
  public readonly readAddress: string;
  /** What runs the servers. */
  public readonly statefulSet: k8s.KubeStatefulSet;
  /** The databases that its account owns. */
  public readonly databases: string[];
  /** @internal */
  public readonly _restoredFrom: MySQLRestore | undefined;
  private readonly accounts: PairAccount[];
  private readonly ownSecret: string;
  private readonly tls: TlsParts;

  constructor(scope: Construct, id: string, props: ReplicatedMySQLProps) {
    super(scope, id, { slices: 2, ram: props.ram });
    this.databases = props.databases;
    this._restoredFrom = props.restoreFrom;
    this.ownSecret = `${this.name}-internal`;
    this.writeAddress = this._address(`${this.name}-write`);
    this.readAddress = this._address(`${this.name}-read`);
    this.check(props);
    this.accounts = accountsOf(this, props.accounts ?? []);
    this.tls = tlsParts(this, props.tls);
    this.requireSecrets();
    this.addServices();
    allow(this, this, [{ port: PORT }]);
    watchMySQL(this);
    this.statefulSet = this.addServers(props, this.addAgents(props));
  }

  /** @internal */
  public override _offer(): Offer {
    const name = (what: string) => envName(this.node.id, what);
    return {
      ports: [{ port: PORT }],
      env: [
        { name: name('HOST'), value: this.writeAddress },
        { name: name('READ_HOST'), value: this.readAddress },
        { name: name('PORT'), value: String(PORT) },
        { name: name('NAME'), value: this.databases[0] ?? '' },
        { name: name('USER'), value: this.site.name },
        secretEnv(name('PASSWORD'), this.name, 'password'),
        ...this.tls.env(name('CA')),
      ],
      secrets: [this.name, ...this.tls.secrets],
    };
  }

  /**
   * One of its `accounts`, to be named in `uses`: `db.account('reports')` gives `REPORTS_HOST`, `REPORTS_PORT`, `REPORTS_NAME`,
   * `REPORTS_USER` and `REPORTS_PASSWORD`.
   *
   * @param name the name in `accounts`; any other is an error.
   */
  public account(name: string): IUsable {
    const found = this.accounts.slice(1).find(({ user }) => user === name);
    if (!found) {
      problem(this, 'account', name, `name it in 'accounts', as in accounts: [{ name: '${name}' }]`);
      return this;
    }
    return (this.node.tryFindChild(`account-${name}`) as UsableAccount | undefined) ?? new UsableAccount(this, found);
  }

  private check(props: ReplicatedMySQLProps): void {
    checkImage(this, 'image', props.image ?? IMAGE);
    checkImage(this, 'agentImage', props.agentImage ?? AGENT_IMAGE);
    checkAtLeast(
      this,
      'ram',
      props.ram,
      Size.mebibytes(LEAST_MEBIBYTES),
      'the agent and mysqld take 200 MiB beside its buffer pool and connections',
    );
    checkDatabases(this, props.databases);
  }

  private requireSecrets(): void {
    const password = SecretValue.PASSWORD;
    const namespaces = [this.namespace];
    for (const { secret } of this.accounts)
      this.site._requireSecret({ name: secret, namespaces, keys: { password }, dual: true });
    this.site._requireSecret({
      name: this.ownSecret,
      namespaces,
      keys: { agent: password, backup: password, replication: password },
    });
  }

  private addServices(): void {
    const ports = [{ name: 'mysql', port: PORT, appProtocol: 'mysql' }];
    // Without a selector: the agents say where they lead.
    for (const what of ['write', 'read'])
      new k8s.KubeService(this.chart, what, { metadata: this._metadata(`${this.name}-${what}`), spec: { ports } });
  }

  private addAgents(props: ReplicatedMySQLProps): PairParts {
    const failover = props.failover ?? Heartbeat.within(Duration.seconds(3));
    failover._check(this, 'failover');
    const files = passwordFiles(this.accounts);
    return makePair(new Construct(this.chart, 'heartbeat'), {
      name: this.name,
      metadata: (name) => this._metadata(name),
      pods: this.slices.map(({ podName }) => podName),
      selector: this._selector,
      serviceAccountName: this.name,
      failover,
      program: MYSQL_AGENT,
      engine: {
        kind: 'mysql',
        socket: `${RUN}/mysqld.sock`,
        fence: FENCE,
        data: DATA,
        port: PORT,
        slices: Object.fromEntries(this.slices.map(({ podName, name }) => [podName, this._address(name)])),
        durability: props.durability,
        accounts: files.accounts,
        ...this.tls.engine,
      },
      strict: false, // Why that is safe: agent/mysql/rules.ts.
      service: { name: `${this.name}-write`, everyone: false, ports: [{ name: 'mysql', port: PORT }] },
      reads: { name: `${this.name}-read`, ports: [{ name: 'mysql', port: PORT }] },
      isolated: true,
      image: props.agentImage ?? AGENT_IMAGE,
      env: [
        secretEnv(PASSWORDS.agent, this.ownSecret, 'agent'),
        secretEnv(PASSWORDS.replication, this.ownSecret, 'replication'),
      ],
      mounts: [...AGENT_MOUNTS, ...files.mounts, ...this.tls.mounts],
    });
  }

  private addServers(props: ReplicatedMySQLProps, agents: PairParts): k8s.KubeStatefulSet {
    const mebibytes = Math.max(LEAST_MEBIBYTES, props.ram.toMebibytes()) - AGENT_MEBIBYTES;
    const files = {
      'my.cnf': myCnf(mebibytes, { ...this.tls.settings, ...props.settings }),
      'start.sh': startScript({ databases: props.databases, accounts: this.accounts, name: this.name }),
    };
    const config = hashedConfig(this.chart, 'settings', `${this.name}-mysql`, files, this._metadata(this.name));
    const restored = this.restored(props, mebibytes);
    return runOnSlices(this, {
      containers: [
        mysqld({
          image: props.image ?? IMAGE,
          mebibytes: props.ram.toMebibytes() - AGENT_MEBIBYTES,
          env: [
            ...passwordEnv(this.accounts),
            secretEnv(PASSWORDS.replication, this.ownSecret, 'replication'),
            secretEnv(PASSWORDS.agent, this.ownSecret, 'agent'),
            secretEnv(PASSWORDS.backup, this.ownSecret, 'backup'),
          ],
          mounts: this.tls.mounts,
          agents,
        }),
      ],
      sidecars: [agents.sidecar],
      init: restored.init,
      volumes: [
        ...agents.volumes,
        ...passwordFiles(this.accounts).volumes,
        ...this.tls.volumes,
        ...restored.volumes,
        { name: 'settings', configMap: { name: config.name } },
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
      ],
      claims: [{ name: 'data', size: props.storage ?? Size.gibibytes(10) }],
      ports: [{ name: 'mysql', port: PORT, appProtocol: 'mysql' }],
      grace: Duration.seconds(HANDOVER_SECONDS + STOP_SECONDS),
      group: USER,
      answersUnready: true,
    });
  }

  private restored({ restoreFrom, image, agentImage }: ReplicatedMySQLProps, mebibytes: number): RestoreParts {
    if (!restoreFrom) return { init: [], volumes: [] };
    const images = { image: image ?? IMAGE, nodeImage: agentImage ?? AGENT_IMAGE };
    return restoreParts(this, { restore: restoreFrom, ...images, mebibytes });
  }
}

const IMAGE = 'docker.io/library/mysql:9.7';
const AGENT_MOUNTS = [
  { name: 'run', mountPath: RUN },
  { name: 'data', mountPath: DATA, readOnly: true },
];
const AGENT_IMAGE = 'docker.io/library/node:24-slim';
/** For mysqld to write what is only in its pool, when it stops. */
const STOP_SECONDS = 60;
