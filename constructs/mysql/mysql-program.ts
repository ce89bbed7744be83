import { k8s, mysqloperator } from '../core/imports';
import type { ReplicatedMySQL, ReplicatedMySQLProps } from './replicated-mysql';
import type { RoleOptions } from '../core/role';
import { PairAccount } from './mysql-accounts';
import { OpenPort, PodGroup } from '../core/network';

/** A way to run the servers of a database. */
export interface MySQLProgram {
  /** How many slices there are, how they are numbered, and what their pods may do. */
  readonly runsOn: Omit<RoleOptions, 'ram'>;
  /** What no account of programs may be called: accounts of its own, and the ends of its Secrets' names. */
  readonly taken: string[];
  /** Makes the servers, and records what is wrong with their properties. */
  run(database: ReplicatedMySQL, props: ReplicatedMySQLProps, accounts: PairAccount[]): MySQLServers;
}

/** The servers of a database. */
export interface MySQLServers {
  readonly statefulSet?: k8s.KubeStatefulSet;
  readonly innoDBCluster?: mysqloperator.InnoDbCluster;
  /** The pods that programs connect to, and their ports. */
  readonly endpoint: { readonly at: PodGroup; readonly ports: OpenPort[] };
  /** The Secret with the certificate that programs can verify. */
  readonly certificate: string | undefined;
}
