import type { Agent } from '../engine';
import type { Metric } from '../metrics';
import type { Space } from '../files';
import { disk } from '../files';
import type { MySqlServer } from './server';

const MEBIBYTE = 2 ** 20;
/**
 * A primary takes no writes below this, or below a twentieth of a smaller volume, and takes them again at twice as much. It is
 * what is left for transactions that are on their way, and for what InnoDB writes by itself.
 */
const LEAST_BYTES = 256 * MEBIBYTE;
const LEAST_SHARE = 0.05;

/**
 * Keeps mysqld from running out of disk: it would wait for room in the middle of a commit, or end itself where its log cannot
 * be written. A replica stops at half of what a primary stops at, so that it can take all that the primary had let through.
 */
export class Volume {
  private refuses = false;
  private stopped = false;

  public constructor(
    private readonly folder: string,
    private readonly server: MySqlServer,
    private readonly agent: Agent,
    private readonly read: (folder: string) => Space = (path) => disk.space(path),
  ) {}

  /** Whether the primary is to take no writes. */
  public get isFull(): boolean {
    return this.refuses;
  }

  /** A round of a primary; returns whether it is to take no writes. */
  public look(): boolean {
    const [free, least] = this.space();
    if (!this.refuses && free < least) {
      this.refuses = true;
      const says = `its volume has ${mebibytes(free)} MiB left: it takes no writes until it has ${mebibytes(2 * least)}`;
      this.agent.event('Warning', 'MySQLVolumeFull', says);
    } else if (this.refuses && free >= 2 * least) {
      this.refuses = false;
      const says = `its volume has ${mebibytes(free)} MiB left: it takes writes again`;
      this.agent.event('Normal', 'MySQLVolumeFreed', says);
    }
    return this.refuses;
  }

  /** A round of a replica; returns whether it has stopped. */
  public async lookAsReplica(): Promise<boolean> {
    const [free, least] = this.space();
    if (!this.stopped && free < least / 2) {
      await this.server.query('STOP REPLICA');
      this.stopped = true;
      const says = `its volume has ${mebibytes(free)} MiB left: it replicates again when it has ${mebibytes(least)}`;
      this.agent.event('Warning', 'MySQLVolumeFull', says);
    } else if (this.stopped && free >= least) this.stopped = false;
    return this.stopped;
  }

  /** It begins to be a primary, or ceases to be one. */
  public reset(): void {
    this.refuses = this.stopped = false;
  }

  public figures(): Metric[] {
    const [free] = this.space();
    const full = Number(this.refuses || this.stopped);
    return [
      ...(Number.isFinite(free)
        ? [{ name: 'mysql_volume_free_bytes', type: 'gauge', help: 'what is left of its volume', value: free } as const]
        : []),
      { name: 'mysql_volume_full', type: 'gauge', help: 'whether it takes no writes for want of room', value: full },
    ];
  }

  /** What is free, and what has to be; a volume that cannot be asked has room, as a pair is not to stop for that. */
  private space(): [free: number, least: number] {
    try {
      const { bsize, blocks, bavail } = this.read(this.folder);
      return [bavail * bsize, Math.min(LEAST_BYTES, LEAST_SHARE * blocks * bsize)];
    } catch {
      return [Number.POSITIVE_INFINITY, 0];
    }
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
