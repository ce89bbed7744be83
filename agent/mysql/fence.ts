import { Fence } from '../fence';
import type { Files } from '../files';
import { disk } from '../files';
import { thisHost } from './host';

/**
 * The fence of a mysqld, with one more file. `refuses`: this server refuses writes, so mysqld may be told to stop. The script
 * renames it to `stopping` when it does, and kills mysqld where it is not there.
 */
export class MysqldFence extends Fence {
  public constructor(folder: string, files: Files = disk, uptime: () => number = () => thisHost.uptime()) {
    super(folder, files, uptime);
  }

  /** Says that this server refuses writes, so that mysqld may be told to stop; not once it was told. */
  public refuses(): void {
    const file = `${this.folder}/refuses`;
    if (this.stops()) return;
    if (this.files.read(file) === undefined) this.files.write(file, '');
  }

  /** Takes that back, where it is not known to be so any more. */
  public mayTakeWrites(): void {
    this.files.remove(`${this.folder}/refuses`);
  }

  /** Takes that back, before it opens. Throws where mysqld was told to stop meanwhile. */
  public opens(): void {
    if (!this.files.take(`${this.folder}/refuses`) || this.stops())
      throw new Error('mysqld is about to stop, or was started again a moment ago');
  }

  /** The set of transactions that the data of a new pair were restored with; empty where they were not. */
  public restored(): string {
    return (this.files.read(`${this.folder}/restored`) ?? '').replace(/\s/g, '');
  }

  /** Whether mysqld was told to stop: what told it has renamed the file. */
  private stops(): boolean {
    return this.files.read(`${this.folder}/stopping`) !== undefined;
  }
}
