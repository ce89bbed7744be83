import type { Cluster } from './cluster';
import { manifestsOf } from './config';
import type { Kinds } from './fault';
import { annotate } from './forcing';
import { LEASE_FAULTS } from './lease-faults';
import { rollOut } from './roll-out';
import { rotate } from './rotation';

/** What people and controllers do to a pair that works. */
export const HUMAN_FAULTS: Kinds<Cluster> = {
  'roll-out': {
    weight: 4,
    make: (cluster, _, n) => {
      const { durability, leaseSeconds } = cluster.setting;
      // A restart, or a change of `failover`.
      const seconds = n % 2 === 0 ? leaseSeconds : [1, 2, 3][n % 3]!;
      rollOut(cluster, manifestsOf(seconds, durability));
    },
  },
  ...LEASE_FAULTS,
  // Of a server that lacks something, of one that leads, of nobody; in this term, and in an earlier one.
  'force written': {
    weight: 2,
    make: (cluster, index, n) => {
      const uuids = [cluster.slices[index]!.volume.uuid, cluster.slices[1 - index]!.volume.uuid, 'nobody'];
      annotate(cluster, `${uuids[n % 3]}@${Number(cluster.judge.facts()['term'] ?? 0) - (n % 2)}`);
    },
  },
  'password replaced': { weight: 3, make: (cluster, _, n) => rotate(cluster, n) },
  'address used again': {
    weight: 2,
    make: (cluster, index) => {
      cluster.reusesAddresses = true;
      cluster.deletePod(index, 1_000);
      return () => (cluster.reusesAddresses = false);
    },
  },
};
