import { Size } from 'cdk8s';
import { InnoDBCluster } from './innodb-cluster/innodb-cluster';
import { MySQLPair } from './mysql-pair';
import { InnoDBClusterBackup } from './innodb-cluster/innodb-cluster-backup';
import { InnoDBClusterRestore } from './innodb-cluster/innodb-cluster-restore';
import { MySQLImplementation } from './mysql-implementation';
import { checked } from '../core/inputs/checked';

/** Properties for `MySQLEngine.innoDBCluster`. */
export interface InnoDBClusterProps {
  /**
   * The number of servers, from 3 to 9. Writes go on while more than half are there: 3 survive the loss of one, 5 of two. An even number
   * survives no more than the odd one below it.
   *
   * @default 3
   */
  readonly members?: number;

  /**
   * The number of MySQL Routers, which lead programs to the servers. With one, a lost node may cut off all clients for a while.
   *
   * @default 2
   */
  readonly routers?: number;

  /**
   * RAM of one router, beside that of the slices. More connections need more; the amount was not measured.
   *
   * @default Size.mebibytes(256)
   */
  readonly routerRam?: Size;

  /**
   * The version of servers and routers, in three numbers: the operator's own at most.
   *
   * @default 9.1.0
   */
  readonly version?: string;

  /**
   * The repository of the images `community-server`, `community-router` and `community-operator`.
   *
   * @default container-registry.oracle.com/mysql
   */
  readonly imageRepository?: string;

  /**
   * The operator's namespace: its pods are let in to the servers.
   *
   * @default mysql-operator
   */
  readonly operatorNamespace?: string;

  /**
   * Dumps into an S3-compatible store, which the operator makes on a schedule.
   *
   * @default - none are made
   */
  readonly backup?: InnoDBClusterBackup;

  /**
   * A dump of such a store that the group begins with.
   *
   * @default - it begins empty
   */
  readonly restoreFrom?: InnoDBClusterRestore;
}

/** The engine that runs the servers of a `ReplicatedMySQL`. */
@checked
export class MySQLEngine {
  /** Two servers with this library's own agents: when one server dies, the other takes over. */
  public static pair(): MySQLEngine {
    return new MySQLEngine(new MySQLPair());
  }

  /**
   * Three servers or more in a group, made by Oracle's MySQL Operator for Kubernetes from an InnoDBCluster.
   *
   * The operator has to be in the cluster. The resource is checked against the schema of its version 9.1.0-2.2.2, and was not run
   * with it: docs/replicated-mysql.md.
   */
  public static innoDBCluster(props: InnoDBClusterProps = {}): MySQLEngine {
    return new MySQLEngine(new InnoDBCluster(props));
  }

  private constructor(
    /** @internal */
    public readonly _implementation: MySQLImplementation,
  ) {}
}
