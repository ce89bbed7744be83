import type { Cluster } from './cluster';
import { COMMON_FAULTS, SERVER_FAULTS } from './common-faults';
import { DISK_FAULTS } from './disk-faults';
import type { Kinds } from './fault';
import { HUMAN_FAULTS } from './human-faults';

/** Everything that can happen to a pair of MySQL servers. */
export const KINDS: Kinds<Cluster> = {
  ...SERVER_FAULTS,
  'mysqld slow': {
    weight: 3,
    make: (cluster, index, n) => {
      const server = cluster.pod(index)?.container?.server;
      if (!server) return undefined;
      server.slowMs = [50, 400, 3_000, 7_000][n % 4]!;
      return () => (server.slowMs = 0);
    },
  },
  ...COMMON_FAULTS,
  ...DISK_FAULTS,
  ...HUMAN_FAULTS,
};
