import { COMMON_FAULTS, SERVER_FAULTS } from '../common-faults';
import type { Kinds } from '../fault';
import { annotate } from '../forcing';
import { fill } from '../full-volume';
import { LEASE_FAULTS } from '../lease-faults';
import { rollOut } from '../roll-out';
import type { ValkeyCluster } from './cluster';
import { manifestsOf } from './config';

/** Everything that can happen to a pair of Valkey servers. */
export const KINDS: Kinds<ValkeyCluster> = {
  ...SERVER_FAULTS,
  ...COMMON_FAULTS,
  ...LEASE_FAULTS,
  // With its node, which comes back with an empty one. At most one in a wave, and not while the other one has no data.
  'volume lost': {
    weight: 6,
    make: (cluster, index) => {
      const [slice, other] = [cluster.slices[index]!, cluster.slices[1 - index]!];
      if (cluster.volumeLost || !slice.machine.on || other.volume.log.length === 0) return undefined;
      cluster.volumeLost = true;
      slice.machine.powerOff();
      cluster.loseVolume(slice);
      return () => slice.machine.powerOn();
    },
  },
  'volume full': {
    weight: 2,
    make: (cluster, index, n) => fill(cluster, index, [200, 60, 20][n % 3]!),
  },
  'roll-out': {
    weight: 4,
    make: (cluster, _, n) => {
      const { durability, leaseSeconds } = cluster.setting;
      // A restart, or a change of `failover`.
      rollOut(cluster, manifestsOf(n % 2 === 0 ? leaseSeconds : [1, 2, 3][n % 3]!, durability));
    },
  },
  // Of a server that lacks something, of one that leads, of nobody; in this term, and in an earlier one.
  'force written': {
    weight: 1,
    make: (cluster, index, n) => {
      const ids = [cluster.slices[index]!.volume.id, cluster.slices[1 - index]!.volume.id, 'nobody'];
      annotate(cluster, `${ids[n % 3]}@${Number(cluster.judge.facts()['term'] ?? 0) - (n % 2)}`);
    },
  },
};
