import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

/** What says on a volume that its slice is being filled again; it outlives the slice's programs. */
export class FillingMark {
  private readonly file: string;

  public constructor(private readonly folder: string) {
    this.file = `${folder}/filling`;
  }

  /** Before Garage first starts on an empty volume. */
  public setIfNew(): void {
    if (existsSync(`${this.folder}/db.lmdb`)) return;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileSync(this.file, '');
  }

  public get isSet(): boolean {
    return existsSync(this.file);
  }

  /** Not before it is known whether the volume is new: the key is written after the mark. */
  public get mayBeRead(): boolean {
    return existsSync(`${this.folder}/node_key`) && !this.isSet;
  }

  public clear(): void {
    rmSync(this.file, { force: true });
  }
}
