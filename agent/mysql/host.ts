import * as fs from 'node:fs';
import type { Clock } from '../clock';
import { monotonicClock } from '../clock';
import { MySqlClient } from './client';
import type { Address, Connection } from './client';

/** Makes a connection to a server and logs in. */
export type Connect = (address: Address) => Promise<Connection>;

export const connectToServer: Connect = (address) => MySqlClient.connect(address);

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

/** Everything outside the process that an agent of MySQL uses, so that tests can replace it. */
export interface Host {
  readonly clock: Clock;
  readonly connect: Connect;
  readonly files: Files;
  /** The run of the node: another one after each start of the machine. */
  boot(): string;
  /** Seconds since the node started. */
  uptime(): number;
}

/** The machine that this process runs on. */
export const thisHost: Host = {
  clock: monotonicClock,
  connect: connectToServer,
  files: disk,
  boot: () => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  uptime: () => Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
};
