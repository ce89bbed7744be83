import * as fs from 'node:fs';

/** Size and free blocks of a volume, as `statfs` reports them. */
export interface Space {
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
}

/** The few operations on files that the agent does. */
export interface Files {
  /** The text of a file, undefined where there is none. */
  read(path: string): string | undefined;
  /** Writes a whole file or nothing of it. */
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Removes a file, and returns whether it was there: of all who take it at once, one gets true. */
  take(path: string): boolean;
  /** Makes a folder that the user of another container may write to. */
  share(folder: string): void;
  space(folder: string): Space;
}

/** The files of this container. */
export const disk: Files = {
  read: (path) => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : undefined),
  write: (path, text) => {
    fs.writeFileSync(`${path}.new`, text);
    fs.renameSync(`${path}.new`, path);
  },
  remove: (path) => fs.rmSync(path, { force: true }),
  take: (path) => {
    try {
      fs.unlinkSync(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  },
  share: (folder) => {
    fs.mkdirSync(folder, { recursive: true });
    fs.chmodSync(folder, 0o777);
  },
  space: (folder) => fs.statfsSync(folder),
};
