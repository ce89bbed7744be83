import { Size } from 'cdk8s';
import { k8s, mysqloperator } from '../core/imports';
import { Construct } from 'constructs';
import { PORT } from './mysql';
import { Durability } from './durability';
import { Failover } from '../pair/failover';
import { MySQLAccount } from './mysql-account';
import { MySQLEngine } from './mysql-engine';
import { MySQLRestore } from './backup/mysql-restore';
import { MySQLTls } from './mysql-tls';
import { PairAccount, ConnectableAccount, accountsOf, readingTables } from './mysql-accounts';
import { checkDatabases } from './mysql-names';
import { largestStatement } from './mysql-settings';
import { MySQLServers } from './mysql-implementation';
import { CommonProps } from '../core/common-props';
import { Binding, envName, secretEnv } from '../core/binding';
import { problem } from '../core/problems';
import { Role } from '../core/role';
import { ServiceAddresses } from '../core/service-address';
import { IConnectable } from '../core/connectable';
import { checked } from '../core/inputs/checked';

/** Properties for `ReplicatedMySQL`. */
export interface ReplicatedMySQLProps extends CommonProps {
  /**
   * RAM of one server. InnoDB's buffer pool and the number of connections follow from it. At least 256 MiB in a pair, and 1 GiB
   * in a group (`MySQLEngine.innoDBCluster`).
   */
  readonly ram: Size;

  /**
   * The engine that runs the servers. Choose another for a site that outgrows a pair.
   *
   * @default MySQLEngine.pair()
   */
  readonly engine?: MySQLEngine;

  /**
   * How writes behave while no replica is there to take a copy of them. A pair must have it; any other engine decides it itself.
   *
   * `PREFERRED` answers while one server is away, and may lose the writes of that time with the one disk. `REQUIRED` loses nothing and
   * writes nothing meanwhile. Only the site knows which is worse for it.
   *
   * @default - none: a pair without it is an error
   */
  readonly durability?: Durability;

  /** The databases of the site, which its account owns. Programs are told of the first. */
  readonly databases: string[];

  /**
   * The image of a pair's servers, which has `mysqld` 9.7 or a later 9 on its PATH, and `bash`.
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
   * How fast the replica of a pair takes over when the primary dies. It then needs some more seconds to apply the writes it has received.
   *
   * @default Heartbeat.within(Duration.seconds(3))
   */
  readonly failover?: Failover;

  /**
   * Accounts beside the site's own, which owns the databases: for programs that may do less. They are given by `account(name)`.
   *
   * An account taken out here stays on the servers until someone drops it.
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
   * A backup by `MySQLBackup` that a pair begins with, where its volumes are empty: see docs/mysql-backup.md. Take it out once the pair runs.
   *
   * @default - it begins empty
   */
  readonly restoreFrom?: MySQLRestore;

  /**
   * The image of a pair's agents, which has Node 20 or later as `node` on its PATH.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;

  /**
   * More of mysqld's settings, by the names in MySQL's manual; they override the library's. A value is one line, and needs no quotes.
   *
   * A setting that a pair works by is an error, such as `gtid_mode` or `sync_binlog`. So are a buffer pool and connections that do not fit
   * into the RAM.
   *
   * @default - those that follow from the RAM
   */
  readonly settings?: Record<string, string>;
}

/**
 * A pair of MySQL servers: each write is on both before it is acknowledged, and the other server takes over when the first dies. Faults
 * that it survives, and faults that it does not: docs/replicated-mysql.md.
 */
@checked
export class ReplicatedMySQL extends Role {
  /** The name of the server that takes writes. */
  public readonly writeAddress: string;
  /** The name of a replica that may be read from, or of the server that takes writes where there is no replica. */
  public readonly readAddress: string;
  /** The StatefulSet of the servers of a pair; none where an operator makes them. */
  public readonly statefulSet: k8s.KubeStatefulSet | undefined;
  /** The InnoDBCluster that an operator makes the servers from; none for a pair. */
  public readonly innoDBCluster: mysqloperator.InnoDbCluster | undefined;
  /** The databases that its account owns. */
  public readonly databases: string[];
  /** Roles that have one of its databases for themselves, by the database's name. @internal */
  public readonly _takenBy = new Map<string, Role>();
  /** @internal */
  public readonly _backups: Construct[] = [];
  /** @internal */
  public readonly _restoredFrom: MySQLRestore | undefined;
  private accounts: PairAccount[];
  private readonly servers: MySQLServers;
  private readonly settings: Record<string, string>;

  constructor(scope: Construct, id: string, props: ReplicatedMySQLProps) {
    const implementation = (props.engine ?? MySQLEngine.pair())._implementation;
    super(scope, id, { ...props, ...implementation.runsOn });
    this.databases = props.databases;
    this.settings = props.settings ?? {};
    this._restoredFrom = props.restoreFrom;
    this.writeAddress = this._address(`${this.name}-write`);
    this.readAddress = this._address(`${this.name}-read`);
    checkDatabases(this, props.databases);
    this.accounts = accountsOf(this, props.accounts ?? [], implementation.taken);
    this.servers = implementation.run(this, props, this.accounts);
    this.statefulSet = this.servers.statefulSet;
    this.innoDBCluster = this.servers.innoDBCluster;
  }

  /** @internal */
  public override _binding(): Binding {
    const name = (what: string) => envName(this.node.id, what);
    const { endpoint, certificate } = this.servers;
    return {
      ...endpoint,
      env: [
        { name: name('HOST'), value: this.writeAddress },
        { name: name('READ_HOST'), value: this.readAddress },
        { name: name('PORT'), value: String(PORT) },
        { name: name('NAME'), value: this.databases[0] ?? '' },
        { name: name('USER'), value: this.site.name },
        secretEnv(name('PASSWORD'), this.name, 'password'),
        ...(certificate === undefined ? [] : [secretEnv(name('CA'), certificate, 'ca.crt')]),
      ],
      secrets: [this.name, ...(certificate === undefined ? [] : [certificate])],
      largestStatement: largestStatement(this.settings),
      services: this._services,
    };
  }

  /** A certificate is for the name, and a group's Services are its operator's. @internal */
  public get _services(): ServiceAddresses | undefined {
    const stay = this.statefulSet !== undefined && this.servers.certificate === undefined;
    return stay ? new ServiceAddresses([this.writeAddress, this.readAddress]) : undefined;
  }

  /** @internal */
  public override _metricsAccess(): Binding {
    const { user, secret } = this.accounts.at(-1) as PairAccount;
    const name = (what: string) => envName(this.node.id, what);
    return {
      ...this.servers.endpoint,
      env: [
        { name: name('HOST'), value: this.writeAddress },
        { name: name('PORT'), value: String(PORT) },
        { name: name('NAME'), value: this.databases[0] ?? '' },
        { name: name('USER'), value: user },
        secretEnv(name('PASSWORD'), secret, 'password'),
      ],
      secrets: [secret],
    };
  }

  /** @internal */
  public override _readTables(tables: string[]): void {
    this.accounts = readingTables(this.accounts, tables);
    this.servers.grant(this.accounts);
  }

  /**
   * One of its `accounts`, to be named in `uses`: `db.account('reports')` gives `REPORTS_HOST`, `REPORTS_PORT`, `REPORTS_NAME`,
   * `REPORTS_USER` and `REPORTS_PASSWORD`.
   *
   * @param name the name in `accounts`; any other is an error.
   */
  public account(name: string): IConnectable {
    const found = this.accounts.slice(1, -1).find(({ user }) => user === name);
    if (!found) {
      problem(this, 'account', name, `name it in 'accounts', as in accounts: [{ name: '${name}' }]`);
      return this;
    }
    const made = this.node.tryFindChild(`account-${name}`) as ConnectableAccount | undefined;
    return made ?? new ConnectableAccount(this, found, this.servers.endpoint);
  }
}
