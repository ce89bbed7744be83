import type { Agent } from '../engine';
import type { Space } from '../files';

const MEBIBYTE = 2 ** 20;
/**
 * A primary takes no writes below this, or below a twentieth of a smaller volume, and takes them again at twice as much: where its log
 * cannot be written, a server ends itself.
 */
const LEAST_BYTES = 64 * MEBIBYTE;
const LEAST_SHARE = 0.05;

/** Keeps a primary from running out of disk. */
export class Volume {
  private refuses = false;

  public constructor(
    private readonly space: () => Space,
    private readonly agent: Agent,
  ) {}

  /** A round of a primary; returns whether it is to take no writes. */
  public look(): boolean {
    const { bsize, blocks, bavail } = this.space();
    const free = bsize * bavail;
    const least = Math.min(LEAST_BYTES, bsize * blocks * LEAST_SHARE);
    const before = this.refuses;
    this.refuses = free < (before ? 2 * least : least);
    if (this.refuses === before) return before;
    const left = `its volume has ${Math.floor(free / MEBIBYTE)} MiB left`;
    if (this.refuses) this.agent.event('Warning', 'ValkeyVolumeFull', `${left}: it takes no writes`);
    else this.agent.event('Normal', 'ValkeyVolumeFreed', `${left}: it takes writes again`);
    return this.refuses;
  }
}
