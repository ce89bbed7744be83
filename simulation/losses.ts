import type { Cluster, Slice } from './cluster';
import type { Judge } from './judge';

/** Which acknowledged rows may be gone with a volume, by docs/replicated-mysql.md: nobody demands them any more. */
export class Losses {
  /** Rows that a replica had received, and lost with its power before they were on its disk. */
  private readonly dropped = new Set<number>();
  /** The `server_uuid`s of the volumes that were lost. */
  private readonly volumes = new Set<string>();

  public constructor(
    private readonly cluster: Cluster,
    private readonly judge: Judge,
  ) {}

  public powerLost({ volume }: Slice): void {
    for (const row of volume.losePower(this.cluster.random.next())) this.dropped.add(row);
    if (this.volumes.size > 0) this.forgive();
  }

  public volumeLost(slice: Slice): void {
    this.volumes.add(slice.volume.uuid);
    slice.volume = this.cluster.newVolume();
    this.leads(this.judge.facts()['primary']);
    this.forgive();
  }

  /** The Lease says who led last. What an agent had sent may arrive after its volume was lost: nobody has everything then. */
  public leads(uuid: string | undefined): void {
    if (this.has(uuid)) this.judge.needsPerson = true;
  }

  public has(uuid: string | undefined): boolean {
    return uuid !== undefined && this.volumes.has(uuid);
  }

  /** Whether a row is gone with a volume, and may be. A client may hear that it is committed after that. */
  public excuses(row: number): boolean {
    if (this.volumes.size === 0 || this.cluster.slices.some(({ volume }) => volume.allRows.includes(row))) return false;
    const alone = this.cluster.setting.durability === 'preferred' && !this.judge.isReplicated(row);
    return alone || this.dropped.has(row);
  }

  /** Of two disks, the one that is left has every row, but what was acknowledged without it, or what its power took. */
  private forgive(): void {
    const { judge } = this;
    const there = new Set<number>();
    for (const { volume } of this.cluster.slices) for (const row of volume.allRows) there.add(row);
    for (const row of judge.committed) {
      if (there.has(row)) continue;
      if (!this.excuses(row)) judge.fail(`row ${row} is lost with one volume, though the replica had it`);
      judge.committed.delete(row);
    }
  }
}
