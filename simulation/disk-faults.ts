import type { Cluster } from './cluster';
import type { Kinds } from './fault';
import { fill } from './full-volume';

/** How long a primary's list of such tables may be from before, in milliseconds (agent/mysql/giving.ts). */
const LISTED_MS = 12_000;

/** What happens to the volumes of a pair. */
export const DISK_FAULTS: Kinds<Cluster> = {
  'binary logs purged': { weight: 2, make: (cluster, index, n) => cluster.slices[index]!.volume.purgeLogs(n % 20) },
  // With its node, which comes back with an empty one. At most one in a wave: two at once are all data.
  'volume lost': {
    weight: 4,
    make: (cluster, index) => {
      const [slice, other] = [cluster.slices[index]!, cluster.slices[1 - index]!];
      if (cluster.volumeLost || !slice.machine.on || !other.volume.isComplete) return undefined;
      cluster.volumeLost = true;
      slice.machine.powerOff();
      cluster.judge.losses.volumeLost(slice);
      return () => slice.machine.powerOn();
    },
  },
  'volume full': {
    weight: 3,
    make: (cluster, index, n) => fill(cluster, index, [200, 100, 20][n % 3]!),
  },
  // From before such engines were refused, so not while a copy is under way that was allowed without them.
  'tables of another engine': {
    weight: 3,
    make: ({ judge, schedule, slices }) => {
      const volumes = () => slices.map(({ volume }) => volume);
      if (schedule.now - judge.gaveAt < LISTED_MS || volumes().some(({ isComplete }) => !isComplete)) return undefined;
      for (const volume of volumes()) volume.foreign = { rows: 7_000, copied: false };
      // ALTER TABLE … ENGINE = InnoDB, which is replicated.
      return () => {
        for (const volume of volumes()) if (volume.foreign) volume.foreign.copied = true;
      };
    },
  },
};
