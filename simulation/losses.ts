import type { Cluster, Slice } from './cluster';
import type { Judge } from './judge';

/** Which acknowledged rows may be gone with a volume, by docs/replicated-mysql.md: nobody demands them any more. */
export class Losses {
  /** Rows that a replica had received, and lost with its power before they were on its disk. */
  private readonly dropped = new Set<number>();
  private volumes = 0;

  public constructor(
    private readonly cluster: Cluster,
    private readonly judge: Judge,
  ) {}

  public powerLost({ volume }: Slice): void {
    for (const row of volume.losePower(this.cluster.random.next())) this.dropped.add(row);
    if (this.volumes > 0) this.forgive();
  }

  public volumeLost(slice: Slice): void {
    const { judge } = this;
    if (judge.facts()['primary'] === slice.volume.uuid) judge.needsPerson = true;
    slice.volume = this.cluster.newVolume();
    this.volumes++;
    this.forgive();
  }

  /** Of two disks, the one that is left has every row, but what was acknowledged without it, or what its power took. */
  private forgive(): void {
    const { judge } = this;
    const { slices, setting } = this.cluster;
    const there = new Set<number>();
    for (const { volume } of slices) for (const row of volume.allRows) there.add(row);
    for (const row of judge.committed) {
      if (there.has(row)) continue;
      const alone = setting.durability === 'preferred' && !judge.isReplicated(row);
      if (!alone && !this.dropped.has(row)) judge.fail(`row ${row} is lost with one volume, though the replica had it`);
      judge.committed.delete(row);
    }
  }
}
