import type { ReplicatedMySQL } from '../replicated-mysql';
import { PodGroup, allow, allowApiServer, allowFromNamespace } from '../../core/network';

/** The operator's own ports: of mysqld, of its X protocol, and of the group. */
const SERVER_PORTS = [{ port: 3306 }, { port: 33060 }];
const GROUP_PORTS = [...SERVER_PORTS, { port: 33061 }];
/** A router's ports: to the server that takes writes, and to the servers that are read from. */
export const ROUTER_PORTS = { write: 6446, read: 6447 };

/** The pods that the operator makes, by its own labels: its StatefulSet would not take ours. */
export interface Group {
  readonly members: PodGroup;
  readonly routers: PodGroup;
  /** The addresses of the API server; any where it is left out. */
  readonly apiServer: string[] | undefined;
  readonly apiServerPorts: number[] | undefined;
}

export function groupOf(database: ReplicatedMySQL): Group {
  const party = (what: string, component: string): PodGroup => ({
    name: `${database.name}-${what}`,
    namespace: database.namespace,
    chart: database.chart,
    _selector: { component, tier: 'mysql', 'mysql.oracle.com/cluster': database.name },
    _metadata: (name) => database._metadata(name),
  });
  return {
    members: party('members', 'mysqld'),
    routers: party('routers', 'mysqlrouter'),
    apiServer: database.site.apiServer,
    apiServerPorts: database.site._cluster.apiServerPorts,
  };
}

/** Members reach each other and the API server, routers the members, and the operator's pods the members. */
export function openGroup({ members, routers, apiServer, apiServerPorts }: Group, operatorNamespace: string): void {
  allow(members, members, GROUP_PORTS);
  allow(routers, members, SERVER_PORTS);
  allowFromNamespace(members, operatorNamespace, { name: 'mysql-operator' }, SERVER_PORTS);
  allowApiServer(members, apiServer, apiServerPorts);
}

/** The pods that make dumps ask the API server what to do, and the members for the data. */
export function openToDumps(dumps: PodGroup, { members, apiServer, apiServerPorts }: Group): void {
  allow(dumps, members, SERVER_PORTS);
  allowApiServer(dumps, apiServer, apiServerPorts);
}
