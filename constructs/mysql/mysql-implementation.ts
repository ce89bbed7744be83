import { k8s, mysqloperator } from '../core/imports';
import type { ReplicatedMySQL, ReplicatedMySQLProps } from './replicated-mysql';
import type { RoleOptions } from '../core/role';
import { PairAccount } from './mysql-accounts';
import { OpenPort, PodGroup } from '../core/network';

/** A way to run the servers of a database. */
export interface MySQLImplementation {
  /** The number of slices, their numbering, and the rights of their pods. */
  readonly runsOn: Omit<RoleOptions, 'ram'>;
  /** Names that no account of programs may have: its own accounts', and the ends of its Secrets' names. */
  readonly taken: string[];
  /** Makes the servers, and records faults of their properties. */
  run(database: ReplicatedMySQL, props: ReplicatedMySQLProps, accounts: PairAccount[]): MySQLServers;
}

/** The servers of a database. */
export interface MySQLServers {
  readonly statefulSet?: k8s.KubeStatefulSet;
  readonly innoDBCluster?: mysqloperator.InnoDbCluster;
  /** The pods that programs connect to, and their ports. */
  readonly endpoint: { readonly at: PodGroup; readonly ports: OpenPort[] };
  /** Writes the rights of the accounts anew, as another role's tables are read for figures. */
  readonly grant: (accounts: PairAccount[]) => void;
  /** The Secret with the certificate that programs can verify. */
  readonly certificate: string | undefined;
}
